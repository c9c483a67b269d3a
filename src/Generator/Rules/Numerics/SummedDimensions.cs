using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>The dimensions of a sum over several of them, for a member that takes one at a time.</summary>
internal static class SummedDimensions
{
    private const string Dimension = "dim", KeepsDimensions = "keepdim";

    /// <summary>
    /// The literal dimensions, in an order in which none moves another one before its turn, and then the argument that says whether they are
    /// kept. Null for other sums, or where there is no such order.
    /// </summary>
    public static IOperation[]? Of(IInvocationOperation sum)
    {
        var given = sum.Arguments
            .Where(static argument => argument.ArgumentKind is ArgumentKind.Explicit && argument.Parameter?.Type.IsTensorOrDerived() != true)
            .ToArray();
        var kept = given.FirstOrDefault(static argument => argument.Parameter?.Name == KeepsDimensions)?.Value;
        var dimensions = given.Where(IsOfDimensions).SelectMany(static argument => Elements(argument.Value)).ToArray();
        if (dimensions.Length < 2
            || !dimensions.All(static dimension => dimension.Syntax.IsLiteral())
            || !given.All(argument => argument.Value == kept || IsOfDimensions(argument)))
        {
            return null;
        }

        // From the end, the dimensions before do not move, and counted from the end, those behind do not.
        var isFromEnd = dimensions.All(static dimension => Number(dimension) < 0);
        return isFromEnd || dimensions.All(static dimension => Number(dimension) >= 0) || kept?.ConstantValue is { HasValue: true, Value: true }
            ? [.. dimensions.OrderBy(dimension => isFromEnd ? Number(dimension) : -Number(dimension)), .. kept is null ? [] : new[] { kept }]
            : null;
    }

    /// <summary>Whether an expression is a number as it stands there, which means the same everywhere.</summary>
    public static bool IsLiteral(this SyntaxNode expression)
        => expression is LiteralExpressionSyntax or PrefixUnaryExpressionSyntax { OperatorToken.ValueText: "-", Operand: LiteralExpressionSyntax };

    private static bool IsOfDimensions(IArgumentOperation argument)
        => argument.Parameter?.Name.StartsWith(Dimension, StringComparison.Ordinal) == true;

    private static IEnumerable<IOperation> Elements(IOperation argument) => argument.WithoutConversions() switch
    {
        IArrayCreationOperation { Initializer.ElementValues: var elements } => elements.Select(static element => element.WithoutConversions()),
        ICollectionExpressionOperation { Elements: var elements } => elements.Select(static element => element.WithoutConversions()),
        var single => [single],
    };

    private static double? Number(IOperation literal) => Constants.Written(literal);
}
