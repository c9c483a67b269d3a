using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Architectures;

/// <summary>What the analyzers say about models as people write them: nothing that is not so.</summary>
public class ArchitectureTests
{
    public static TheoryData<string> Names => [.. Architecture.Names];

    public static TheoryData<string, string> NamesAndAnnotations
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in Architecture.Names)
            {
                foreach (var annotation in Pins.Annotations)
                {
                    data.Add(name, annotation);
                }
            }

            return data;
        }
    }

    [Fact]
    public void Every_pin_is_of_a_line_that_is_there()
        => Assert.All(Pins.All, pin => Assert.Contains(pin.Line, Architecture.Plain(pin.Architecture), StringComparison.Ordinal));

    [Fact]
    public void There_are_ten() => Assert.Equal(10, Architecture.Names.Count());

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Float32_models_are_left_alone(string name)
    {
        var compilation = await RuleCompilation.Create(Architecture.Plain(name));
        Assert.Empty(compilation.CompilerErrors);
        Assert.Empty(compilation.Diagnostics);
    }

    [Theory]
    [MemberData(nameof(NamesAndAnnotations))]
    public async Task Annotated_models_get_what_is_pinned_and_nothing_else(string name, string annotation)
    {
        var source = Architecture.Annotated(name, annotation);
        var compilation = await RuleCompilation.Create(source);
        Assert.Empty(compilation.CompilerErrors);

        var lines = source.Split('\n');
        var reported = compilation.Diagnostics
            .Select(diagnostic => (diagnostic.Id, diagnostic.Severity, Line: lines[diagnostic.Location.GetLineSpan().StartLinePosition.Line].Trim()))
            .Order();
        var pinned = Pins.All
            .Where(pin => pin.Architecture == name && pin.Annotations.Contains(annotation))
            .Select(pin => (pin.Rule, pin.Severity, pin.Line))
            .Order();
        Assert.Equal(pinned, reported);
    }
}
