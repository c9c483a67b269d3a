extern alias runtime;

using System.Text;
using Microsoft.CodeAnalysis;
using Precision.CodeFixes.Annotation;
using PublicDtype = runtime::Precision.Dtype;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0005 and PRC0007.</summary>
public class DtypeTests
{
    /// <summary>Every policy that an attribute can spell: what the compiler reports is what the run time refuses.</summary>
    [Fact]
    public async Task Compile_time_and_run_time_agree()
    {
        var source = new StringBuilder();
        var (refused, accepted) = (0, 0);
        var dtypes = Enum.GetValues<PublicDtype>();
        PublicDtype?[] optional = [null, .. dtypes];
        var policies =
            from compute in dtypes
            from parameters in optional
            from output in optional
            from autocast in new bool?[] { null, true, false }
            select (compute, parameters, output, autocast);
        foreach (var (compute, parameters, output, autocast) in policies)
        {
            var attribute = $"MixedPrecision(Dtype.{compute}"
                + (parameters is null ? "" : $", Parameters = Dtype.{parameters}")
                + (output is null ? "" : $", Output = Dtype.{output}")
                + (autocast is null ? "" : $", Autocast = {(autocast.Value ? "true" : "false")}") + ")";
            var isRefused = Record.Exception(() => Policy(compute, parameters, output, autocast).Validated()) is ArgumentException;
            (refused, accepted) = isRefused ? (refused + 1, accepted) : (refused, accepted + 1);
            source.AppendLine($"[{(isRefused ? $"{{|PRC0005:{attribute}|}}" : attribute)}] partial class A{refused + accepted} : B;");
        }

        Assert.True(refused > 50 && accepted > 20, $"{refused} refused, {accepted} accepted");
        await Rule.Verify("""class B() : Module<Tensor, Tensor>("b") { public override Tensor forward(Tensor x) => x; }""" + "\n" + source);
    }

    /// <summary>The policy that the attribute's documentation promises.</summary>
    private static PrecisionPolicy Policy(PublicDtype compute, PublicDtype? parameters, PublicDtype? output, bool? autocast)
    {
        var attribute = new MixedPrecisionAttribute(compute)
        {
            Parameters = parameters ?? PublicDtype.Unspecified,
            Output = output ?? PublicDtype.Unspecified,
            Autocast = autocast ?? true,
        };
        var stored = attribute.Parameters is not PublicDtype.Unspecified ? attribute.Parameters : attribute.Autocast ? PublicDtype.Float32 : compute;
        return new PrecisionPolicy(compute, stored, attribute.Output, attribute.Autocast);
    }

    [Fact]
    public Task A_value_that_is_no_dtype_is_reported()
        => Rule.Verify("""
            class B() : Module<Tensor, Tensor>("b") { public override Tensor forward(Tensor x) => x; }
            [{|PRC0005:MixedPrecision((Dtype)99)|}] partial class A : B;
            """);

    [Fact]
    public Task An_attribute_that_does_not_compile_is_left_to_the_compiler()
        => Rule.Verify("""
            class B() : Module<Tensor, Tensor>("b") { public override Tensor forward(Tensor x) => x; }
            [MixedPrecision(Dtype.{|CS0117:BFloat17|})] partial class A : B;
            [MixedPrecision(Dtype.BFloat16, {|CS0246:Paramters|} = Dtype.BFloat16)] partial class C : B;
            [{|CS7036:MixedPrecision|}] partial class D : B;
            """);

    private const string CpuOnly = "is_global = true\nbuild_property.PrecisionCpuOnly = true\n";

    private const string Main = """
        class B() : Module<Tensor, Tensor>("b") { public override Tensor forward(Tensor x) => x; }
        class Program { static void Main() { } }

        """;

    [Fact]
    public Task Float16_in_an_application_for_cpus_becomes_BFloat16()
        => Rule.VerifyFix<UseBFloat16CodeFix>(
            Main + """
            [{|PRC0007:MixedPrecision(Dtype.Float16, Parameters = Precision.Dtype.Float16 /* half */, Output = Dtype.Float32)|}] partial class A : B;
            [{|PRC0007:MixedPrecision(compute: Dtype.Float16)|}] partial class C : B;
            [MixedPrecision(Dtype.BFloat16)] partial class D : B;
            [MixedPrecision(Dtype.Auto)] partial class E : B;
            [FullPrecision] partial class F : B;
            """,
            Main + """
            [MixedPrecision(Dtype.BFloat16, Parameters = Precision.Dtype.BFloat16 /* half */, Output = Dtype.Float32)] partial class A : B;
            [MixedPrecision(compute: Dtype.BFloat16)] partial class C : B;
            [MixedPrecision(Dtype.BFloat16)] partial class D : B;
            [MixedPrecision(Dtype.Auto)] partial class E : B;
            [FullPrecision] partial class F : B;
            """,
            test =>
            {
                test.TestState.OutputKind = OutputKind.ConsoleApplication;
                test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", CpuOnly));
            });

    [Theory]
    [InlineData(true, "is_global = true\nbuild_property.PrecisionCpuOnly = false\n")]
    [InlineData(true, "is_global = true\nbuild_property.PrecisionCpuOnly = \n")]
    [InlineData(true, "is_global = true\n")]
    [InlineData(false, CpuOnly)] // who uses the library brings libtorch
    public Task Elsewhere_Float16_is_not_reported(bool isApplication, string config)
        => Rule.Verify(
            Main + "[MixedPrecision(Dtype.Float16)] partial class A : B;",
            test =>
            {
                if (isApplication)
                {
                    test.TestState.OutputKind = OutputKind.ConsoleApplication;
                }

                test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", config));
            });
}
