using System.Globalization;
using System.Text.RegularExpressions;

namespace Precision.Package.Tests.Infrastructure;

/// <summary>What the tested projects are made of.</summary>
internal static partial class Programs
{
    /// <summary>An annotated model, in a file of its own.</summary>
    public const string Model = """
        using Precision;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Models;

        [MixedPrecision(Dtype.BFloat16)]
        public sealed partial class Perceptron : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 2);

            public Perceptron()
                : base(nameof(Perceptron))
            {
                RegisterComponents();
            }

            private Tensor ForwardCore(Tensor x)
            {
                return functional.relu(layer.call(x));
            }
        }
        """;

    /// <summary>What the name of the file generated for <see cref="Model"/> starts with.</summary>
    public const string GeneratedName = "Models.Perceptron.";

    /// <summary>The program that the package's README shows.</summary>
    public static string OfReadme(this PackedPackage package)
        => Regex.Match(package.Text("README.md"), "```csharp\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;

    /// <summary>Asserts that <see cref="OfReadme"/> ran and that its model learned.</summary>
    public static void AssertLearned(this Command run)
    {
        var losses = Loss().Matches(run.Output).Select(match => float.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        Assert.True(run.ExitCode == 0 && losses.Length == 4 && losses[3] < losses[0], run.ToString());
    }

    [GeneratedRegex(@"^step \d+: loss ([\d.]+)\r?$", RegexOptions.Multiline)]
    private static partial Regex Loss();
}
