using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Precision.Generator.Lists;

/// <summary>The lists that options of an <c>.editorconfig</c> or <c>.globalconfig</c> file give to some files.</summary>
/// <param name="Float32">The text of the one option; null where it is not set.</param>
/// <param name="LowerPrecision">The text of the other.</param>
internal sealed record ConfiguredList(string? Float32, string? LowerPrecision)
{
    /// <summary>The option with the members that compute in float32, comma separated.</summary>
    public const string Float32Option = "precision_computes_in_float32";

    /// <summary>The option with the members that compute in lower precision, comma separated.</summary>
    public const string LowerPrecisionOption = "precision_computes_in_lower_precision";

    public static readonly ConfiguredList Empty = new(null, null);

    /// <summary>Its entries, as they are written.</summary>
    public ImmutableArray<(DottedName Name, ListedMember Member)> Entries { get; }
        = [.. Read(Float32, ListedDtype.Float32, Float32Option), .. Read(LowerPrecision, ListedDtype.LowerPrecision, LowerPrecisionOption)];

    /// <summary>The lists for one file.</summary>
    public static ConfiguredList Of(AnalyzerConfigOptions file, AnalyzerConfigOptions project)
    {
        var (float32, lowerPrecision) = (Find(Float32Option), Find(LowerPrecisionOption));
        return float32 is null && lowerPrecision is null ? Empty : new(float32, lowerPrecision);

        string? Find(string option)
            => (file.TryGetValue(option, out var text) || project.TryGetValue(option, out text)) && !string.IsNullOrWhiteSpace(text) ? text : null;
    }

    /// <summary>What is said of a member; null where nothing is.</summary>
    public ListedMember? Find(ISymbol symbol)
    {
        foreach (var (name, member) in Entries)
        {
            if (name.Is(symbol))
            {
                return member;
            }
        }

        return null;
    }

    public bool Equals(ConfiguredList? other) => other is not null && Float32 == other.Float32 && LowerPrecision == other.LowerPrecision;

    public override int GetHashCode() => (Float32, LowerPrecision).GetHashCode();

    private static IEnumerable<(DottedName, ListedMember)> Read(string? text, ListedDtype dtype, string option)
        => (text ?? "").Split(',')
            .Select(static name => name.Trim())
            .Where(static name => name.Length > 0)
            .Select(name => (new DottedName(name), new ListedMember(dtype, option, IsAttribute: false)));
}
