using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>The constants that tensors in members are filled with: where they are made, and in place by a constructor.</summary>
internal static class Fills
{
    /// <summary>The first number of a certain kind that a member is filled with; null where there is none.</summary>
    public static double? Find(IOperation member, Func<double, bool> isSought, OperationContext context)
        => Sources.Of(member, context).OfType<IInvocationOperation>()
            .Concat(InConstructors(((IMemberReferenceOperation)member.WithoutConversions()).Member, context))
            .SelectMany(static call => call.Arguments.Where(argument => Numbers(call).Contains(argument.Parameter?.Name ?? "")))
            .Select(static argument => argument.Value)
            .Select(number => Constants.Of(number, context.Flow))
            .FirstOrDefault(number => number is { } fill && isSought(fill));

    /// <summary>The calls of constructors that write into a member.</summary>
    private static IEnumerable<IInvocationOperation> InConstructors(ISymbol member, OperationContext context)
        => from constructor in member.ContainingType.Constructors
           from call in (context.Flows.BodyOf(constructor, context.CancellationToken)?.Root.Descendants() ?? []).OfType<IInvocationOperation>()
           where Factory.WritesNumber(call.TargetMethod.Name) && call.TargetMethod.IsTorchSharps()
               && IsOwn(call.Instance ?? call.Arguments.FirstOrDefault()?.Value, member)
           select call;

    private static bool IsOwn(IOperation? tensor, ISymbol member)
        => tensor?.WithoutConversions() is IMemberReferenceOperation { Instance: IInstanceReferenceOperation, Member: var written }
            && SymbolEqualityComparer.Default.Equals(written, member);

    private static ImmutableArray<string> Numbers(IInvocationOperation call)
        => OperationTable.Find(call.TargetMethod, call.Instance?.Type) is { } row ? row.Numbers : Factory.Find(call.TargetMethod.Name)?.Numbers ?? [];
}
