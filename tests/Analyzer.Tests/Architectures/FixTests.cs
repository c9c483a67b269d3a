using System.Globalization;
using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.Generator.Rules.Numerics;

namespace Precision.Analyzer.Tests.Architectures;

/// <summary>The code fixes on models as people write them: the result compiles, and no fix causes another report.</summary>
public class FixTests
{
    /// <summary>The attribute's arguments under which programs are fixed.</summary>
    internal static readonly string[] Modes =
    [
        "Dtype.Float32",
        "Dtype.BFloat16",
        "Dtype.BFloat16, Parameters = Dtype.BFloat16",
        "Dtype.BFloat16, Autocast = false",
        "Dtype.Float16",
        "Dtype.Float16, Autocast = false",
        "Dtype.Auto, Autocast = false",
    ];

    public static TheoryData<string, string> NamesAndModes
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in Architecture.Names)
            {
                foreach (var mode in Modes)
                {
                    data.Add(name, mode);
                }
            }

            return data;
        }
    }

    /// <summary>
    /// Not an input in another dtype than a layer's weights, since which of the two to change is for the user to say, nor a loop without loss scaling.
    /// </summary>
    internal static bool HasFix(Diagnostic diagnostic)
        => diagnostic.CanBeFixed() && diagnostic.Id != "PRC2003" && (diagnostic.Id != "PRC1009" || !diagnostic.GetMessage(CultureInfo.InvariantCulture).Contains("(its weights)", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(NamesAndModes))]
    public async Task All_together_they_leave_nothing_to_fix(string name, string mode)
    {
        var source = Architecture.Annotated(name, mode);
        var before = await RuleCompilation.Create(source);
        var after = await FixedSource.All(before);
        Assert.Empty(after.CompilerErrors);
        Assert.Equal(before.CompilerWarnings, after.CompilerWarnings);
        Assert.All(after.Diagnostics, static diagnostic => Assert.False(HasFix(diagnostic)));
        Assert.Equal(before.Diagnostics.Count(static diagnostic => !HasFix(diagnostic)), after.Diagnostics.Length);
        Assert.Equal(!before.Diagnostics.Any(HasFix), source == after.Source);
    }

    [Theory]
    [MemberData(nameof(NamesAndModes))]
    public async Task Each_alone_removes_its_report_and_adds_none(string name, string mode)
    {
        var source = Architecture.Annotated(name, mode);
        var before = await RuleCompilation.Create(source);
        var results = await FixedSource.OneByOne(before);
        Assert.Equal(before.Diagnostics.Count(HasFix), results.Count);
        foreach (var result in results)
        {
            var after = await RuleCompilation.Create(result);
            Assert.Empty(after.CompilerErrors);
            Assert.Equal(before.CompilerWarnings, after.CompilerWarnings);
            Assert.Equal(before.Diagnostics.Length - 1, after.Diagnostics.Length);
        }
    }

    [Theory]
    [InlineData("Dtype.BFloat16, Autocast = false")]
    [InlineData("Dtype.Float16, Autocast = false")]
    [InlineData("Dtype.Auto, Autocast = false")]
    [InlineData("Dtype.BFloat16")]
    public async Task Attention_with_a_norm_behind_it_keeps_its_dtype(string mode)
    {
        var source = TestReferences.Usings + $$"""
            [MixedPrecision({{mode}})]
            public sealed partial class Attention : Module<Tensor, Tensor>
            {
                private readonly Linear q = Linear(64, 64), k = Linear(64, 64), v = Linear(64, 64);
                private readonly LayerNorm norm = LayerNorm(64);
                public Attention() : base("a") => RegisterComponents();
                private Tensor ForwardCore(Tensor x)
                {
                    var scores = q.call(x).matmul(k.call(x).transpose(-1, -2)) / 8;
                    var p = scores.softmax(-1).softmax(0).masked_fill(x.isnan(), -1e39);
                    return norm.call(p.matmul(v.call(x)));
                }
            }
            """;
        var before = await RuleCompilation.Create(source);
        Assert.NotEmpty(before.Diagnostics);
        foreach (var result in (await FixedSource.OneByOne(before)).Append((await FixedSource.All(before)).Source))
        {
            var after = await RuleCompilation.Create(result);
            Assert.Empty(after.CompilerErrors);
            Assert.True(after.Diagnostics.Length < before.Diagnostics.Length, string.Join('\n', after.Diagnostics) + result);
            var computesInFloat32 = result.Contains("ScalarType.Float32", StringComparison.Ordinal);
            Assert.Equal(computesInFloat32 && mode.Contains("false", StringComparison.Ordinal), result.Contains(".to(", StringComparison.Ordinal));
        }
    }
}
