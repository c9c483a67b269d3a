using System.Collections.Immutable;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception.Models;
using Precision.Generator.Lists;
using Precision.Generator.Operations;

namespace Precision.Generator.Interception;

/// <summary>Decides which calls are replaced, and by what.</summary>
internal static class InterceptorBuilder
{
    /// <summary>The names of all members that may be concerned in every project: what a look at the syntax can tell. Lists add to them.</summary>
    public static ImmutableHashSet<string> Names { get; }
        = [
            .. OperationTable.All
                .Where(static operation => operation.IsPinned || operation.Has(OperationTraits.FusedLinear | OperationTraits.FusedCrossEntropy))
                .Select(static operation => operation.Member),
            OperationTable.Forward,
            OperationTable.Call,
        ];

    /// <summary>What runs instead of a call; null when it stays as written.</summary>
    public static Interceptor? Build(IInvocationOperation call, OperationLists lists)
        => (FullPrecisionCall.Build(call) ?? ListedCall.Build(call, lists) ?? Replace(call)) is { } interceptor ? interceptor with { IsObsolete = call.TargetMethod.NeedsObsoleteCaller() } : null;

    private static Interceptor? Replace(IInvocationOperation call)
    {
        if (call.TargetMethod.Name is OperationTable.Call or OperationTable.Forward)
        {
            return ModuleCall.Build(call) ?? LayerCall.Build(call);
        }

        return OperationTable.Find(call.TargetMethod) switch
        {
            { IsPinned: true } operation => PinnedCall.Build(call, operation),
            { } operation when operation.Has(OperationTraits.FusedLinear) => RedirectedCall.Linear(call.TargetMethod),
            { } operation when operation.Has(OperationTraits.FusedCrossEntropy) => RedirectedCall.CrossEntropy(call.TargetMethod),
            _ => null,
        };
    }
}
