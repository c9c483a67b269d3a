using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Flow;

namespace Precision.Generator.Rules.Operations;

/// <summary>
/// What a diagnostic tells its fix: which expressions to cast to float32, or to replace. Places are counted from the diagnostic's own, so that an
/// edit before it moves them along.
/// </summary>
internal static class FixProperties
{
    /// <summary>The dtype that the value in question has.</summary>
    public const string Dtype = "dtype";

    private const string Places = "places";

    /// <summary>Notes the expressions of some operations, and the dtype of a finding.</summary>
    public static ImmutableDictionary<string, string?> Create(Location diagnostic, IEnumerable<IOperation> operands, Finding finding)
    {
        var start = diagnostic.SourceSpan.Start;
        var places = operands
            .Select(static operand => operand.WithoutConversions().Syntax.Span)
            .Select(span => FormattableString.Invariant($"{span.Start - start} {span.Length}"));
        return ImmutableDictionary<string, string?>.Empty
            .Add(Places, string.Join(" ", places))
            .Add(Dtype, finding.Dtypes.ToText());
    }

    /// <summary>The expressions; those that are not there any more are left out.</summary>
    /// <param name="diagnostic">The diagnostic.</param>
    /// <param name="node">A node of its tree.</param>
    public static IEnumerable<SyntaxNode> Operands(this Diagnostic diagnostic, SyntaxNode node)
    {
        if (!diagnostic.Properties.TryGetValue(Places, out var text) || string.IsNullOrEmpty(text))
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
