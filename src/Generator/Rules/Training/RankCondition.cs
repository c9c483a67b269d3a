using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Rules.Training;

/// <summary>Conditions that hold on some ranks of a process group and not on others.</summary>
internal static class RankCondition
{
    /// <summary>Local variables that are made from local variables are followed so far.</summary>
    private const int MaximumDepth = 4;

    /// <summary>
    /// Whether a condition compares with the rank. One that asks for the number of ranks too gives each rank its share of the work
    /// (<c>i % group.WorldSize == group.Rank</c>).
    /// </summary>
    public static bool Is(IOperation condition, TrainingSymbols symbols)
        => Mentions(condition, symbols.IsRank, MaximumDepth) && !Mentions(condition, symbols.IsWorldSize, MaximumDepth);

    /// <summary>A condition as messages quote it.</summary>
    public static string Text(IOperation condition)
    {
        var text = Regex.Replace(condition.Syntax.ToString(), @"\s+", " ");
        return text.Length <= 60 ? text : text.Substring(0, 59) + "…";
    }

    private static bool Mentions(IOperation operation, Func<IPropertySymbol, bool> isWanted, int depth)
        => depth > 0 && operation.DescendantsAndSelf().Any(part => part switch
        {
            IPropertyReferenceOperation property => isWanted(property.Property),
            ILocalReferenceOperation { Local: var local } => InitialValue(local, operation) is { } value && Mentions(value, isWanted, depth - 1),
            _ => false,
        });

    private static IOperation? InitialValue(ILocalSymbol local, IOperation operation)
    {
        if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is { } declaration
            && operation.SemanticModel is { } model && declaration.SyntaxTree == model.SyntaxTree)
        {
            return (model.GetOperation(declaration) as IVariableDeclaratorOperation)?.GetVariableInitializer()?.Value;
        }

        return null;
    }
}
