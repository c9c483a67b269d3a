namespace Precision.Analyzer.Tests.Programs;

/// <summary>A way to annotate the models of a marked source.</summary>
/// <param name="Name">What marks call it.</param>
/// <param name="Arguments">The attribute's.</param>
internal sealed record Mode(string Name, string Arguments)
{
    private static readonly Mode Region = new("region", "Dtype.Float16");

    private static readonly Mode Float16 = new("fp16", "Dtype.Float16, Parameters = Dtype.Float16, Autocast = false");

    private static readonly Mode BFloat16 = new("bf16", "Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false");

    public static readonly IReadOnlyList<Mode> All = [Region, Float16, BFloat16];

    /// <summary>A mode that marks do not name.</summary>
    public static readonly Mode BFloat16Region = new("bf16region", "Dtype.BFloat16");

    /// <summary>For theories.</summary>
    public static TheoryData<string> Names => [.. All.Select(mode => mode.Name)];

    public static Mode Of(string name) => All.Append(BFloat16Region).Single(mode => mode.Name == name);
}
