using System.Text;
using System.Text.RegularExpressions;
using Precision.Analyzer.Tests.Documentation;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Layers;

/// <summary>The table of layers in the documentation: what the library stores, what the operation table says, what is refused.</summary>
public sealed class LayerTableTests
{
    private const string Page = "docs/operations.md";

    private static readonly IReadOnlyDictionary<string, string> Traits = new Dictionary<string, string>
    {
        ["no-16-bit-padding"] = "float32 inside under a padding mask",
        ["no-float16-on-cpu"] = "float32 inside in Float16 on a CPU",
        ["no-16-bit-on-cpu"] = "float32 inside in true 16-bit on a CPU",
        ["no-16-bit"] = "float32 inside where 16-bit inputs would stay 16-bit",
        ["no-mixed-dtypes"] = "inputs cast to the dtype of its weights where autocast does not promote",
    };

    private static readonly Lazy<Dictionary<string, string[]>> TableTraits = new(static () => File
        .ReadLines(Repository.PathOf("src/Generator/Operations/operations.tsv"))
        .Select(static line => line.Split('\t'))
        .Where(static columns => columns[1] == "forward")
        .ToDictionary(static columns => columns[0], static columns => columns[13].Split(' ')));

    [SkippableFact]
    public void The_documentation_lists_every_layer()
    {
        Skip.IfNot(Repository.IsHere, "The repository is not on this machine.");
        var table = new StringBuilder("<!-- layers -->\n")
            .Append("| layers | 16-bit parameters in a region | in true 16-bit on a CPU | how they run | refused |\n|---|---|---|---|---|\n");
        var rows = LayerCatalog.All
            .GroupBy(static layer => layer.Factory)
            .GroupBy(static variants => Row([.. variants]))
            .OrderByDescending(static row => row.Count());
        foreach (var row in rows)
        {
            table.Append($"| {string.Join(", ", row.Select(static variants => $"`{variants.Key}`").Order(StringComparer.Ordinal))} | {row.Key} |\n");
        }

        table.Append("<!-- /layers -->");
        var page = File.ReadAllText(Repository.PathOf(Page));
        var section = new Regex("<!-- layers -->.*?<!-- /layers -->", RegexOptions.Singleline);
        Assert.Single(section.Matches(page));
        Repository.AssertUpToDate(Page, section.Replace(page, table.ToString().Replace("$", "$$", StringComparison.Ordinal)));
    }

    private static string Row(Layer[] variants)
        => string.Join(
            " | ",
            Storage(variants[0], LayerPrecision.RegionOverSixteenBit),
            Storage(variants[0], LayerPrecision.SixteenBit),
            string.Join("; ", TraitsOf(variants[0]).Where(Traits.ContainsKey).Select(static trait => Traits[trait]).DefaultIfEmpty("as the table says")),
            string.Join("; ", LayerRefusal.All
                .Where(refusal => variants.Any(variant => variant.Name == refusal.Layer))
                .Select(static refusal => $"{refusal.When}; use {refusal.Remedy}")
                .DefaultIfEmpty("")));

    private static string Storage(Layer layer, LayerPrecision precision)
    {
        using var scope = NewDisposeScope();
        var setting = new LayerSetting(precision, ScalarType.BFloat16, ScalarType.BFloat16, Training: true);
        using var model = setting.Wrap(layer, layer.Create());
        using var masters = model.CreateMasterWeights();
        var dtypes = masters.Storage.ToLookup(static stored => stored.Dtype is ScalarType.Float32);
        return (dtypes[true].Any(), dtypes[false].Any()) switch
        {
            (false, false) => "–",
            (true, false) => "float32",
            (false, true) => "16-bit",
            _ when dtypes[true].All(static stored => stored.Name.Contains("norm")) => "16-bit, norms float32",
            _ => throw new InvalidOperationException($"{layer} is stored in a way that the table has no words for."),
        };
    }

    private static IEnumerable<string> TraitsOf(Layer layer)
    {
        for (var type = layer.Create().GetType(); type is not null; type = type.BaseType)
        {
            if (TableTraits.Value.TryGetValue(type.FullName ?? "", out var traits))
            {
                return traits;
            }
        }

        throw new InvalidOperationException($"The operation table has no row for {layer}.");
    }
}
