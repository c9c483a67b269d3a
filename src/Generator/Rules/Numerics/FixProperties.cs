using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// What a diagnostic says to its fix: which expressions to cast to float32 or to replace, and what to cast back. Places are counted from the diagnostic's own, so that an
/// edit before it moves them along.
/// </summary>
internal static class FixProperties
{
    /// <summary>The dtype that the value in question has.</summary>
    public const string Dtype = "dtype";

    /// <summary>What the fix makes of the expressions, where there is more than one way.</summary>
    public const string Form = "form";

    private const string Places = "places";
    private const string BackPlace = "back";
    private const string BackDtype = "backDtype";
    private const string OfMember = "ofMember";

    /// <summary>Notes the expressions of some operations, the dtype of a finding, and the cast back that its fix needs.</summary>
    /// <param name="diagnostic">The place of the diagnostic.</param>
    /// <param name="operands">The expressions.</param>
    /// <param name="finding">The finding.</param>
    /// <param name="back">The cast back.</param>
    /// <param name="form">What the fix makes of the expressions, where there is more than one way.</param>
    /// <param name="isOfMember">Whether the first expression names a member that is to be marked <c>[FullPrecision]</c>.</param>
    public static ImmutableDictionary<string, string?> Create(
        Location diagnostic, IEnumerable<IOperation> operands, Finding finding, CastBack? back, string? form = null, bool isOfMember = false)
    {
        var properties = ImmutableDictionary.CreateBuilder<string, string?>();
        properties.Add(Places, PlacesOf(diagnostic, operands));
        properties.Add(Dtype, finding.Dtypes.ToText());
        if (form is not null)
        {
            properties.Add(Form, form);
        }

        if (isOfMember)
        {
            properties.Add(OfMember, "");
        }

        if (back is not null)
        {
            properties.Add(BackPlace, PlacesOf(diagnostic, [back.Place]));
            properties.Add(BackDtype, back.Dtype);
        }

        return properties.ToImmutable();
    }

    /// <summary>The expressions; those that are not there any more are left out.</summary>
    /// <param name="diagnostic">The diagnostic.</param>
    /// <param name="node">A node of its tree.</param>
    public static IEnumerable<SyntaxNode> Operands(this Diagnostic diagnostic, SyntaxNode node) => Nodes(diagnostic, Places, node);

    /// <summary>What to cast back, and to which dtype, a name or a variable's (<c>x.dtype</c>); null where nothing is.</summary>
    public static (SyntaxNode Place, string Dtype)? Back(this Diagnostic diagnostic, SyntaxNode node)
        => Nodes(diagnostic, BackPlace, node).FirstOrDefault() is { } place && diagnostic.Properties[BackDtype] is { } dtype ? (place, dtype) : null;

    /// <summary>Whether the first expression names a member that is to be marked <c>[FullPrecision]</c>.</summary>
    public static bool IsOfMember(this Diagnostic diagnostic) => diagnostic.Properties.ContainsKey(OfMember);

    /// <summary>Whether the program runs on after a fix: not where something has to be cast back to a dtype that nobody can name.</summary>
    public static bool CanBeFixed(this Diagnostic diagnostic)
        => !diagnostic.Properties.TryGetValue(BackDtype, out var dtype) || dtype is not null;

    private static string PlacesOf(Location diagnostic, IEnumerable<IOperation> operations)
    {
        var start = diagnostic.SourceSpan.Start;
        return string.Join(" ", operations
            .Select(static operation => operation.WithoutConversions().Syntax.Span)
            .Select(span => FormattableString.Invariant($"{span.Start - start} {span.Length}")));
    }

    private static IEnumerable<SyntaxNode> Nodes(Diagnostic diagnostic, string property, SyntaxNode node)
    {
        if (!diagnostic.Properties.TryGetValue(property, out var text) || string.IsNullOrEmpty(text))
        {
            yield break;
        }

        var root = node.SyntaxTree.GetRoot();
        var numbers = text!.Split(' ').Select(static number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        for (var i = 0; i + 1 < numbers.Length; i += 2)
        {
            var span = new TextSpan(Math.Max(0, diagnostic.Location.SourceSpan.Start + numbers[i]), numbers[i + 1]);
            if (root.FullSpan.Contains(span))
            {
                yield return root.FindNode(span, getInnermostNodeForTie: true);
            }
        }
    }
}
