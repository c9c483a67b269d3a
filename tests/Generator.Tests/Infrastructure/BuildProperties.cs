using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Precision.Generator.Tests.Infrastructure;

/// <summary>MSBuild properties as the compiler hands them to generators.</summary>
internal sealed class BuildProperties(params (string Name, string Value)[] properties) : AnalyzerConfigOptionsProvider
{
    private readonly Values values = new(properties.ToDictionary(static property => "build_property." + property.Name, static property => property.Value));

    public override AnalyzerConfigOptions GlobalOptions => values;

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => values;

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => values;

    private sealed class Values(IReadOnlyDictionary<string, string> properties) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => properties.TryGetValue(key, out value);
    }
}
