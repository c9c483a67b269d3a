using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Rules.Numerics;

/// <summary>Sums and differences in TorchSharp's spellings.</summary>
internal static class Sums
{
    /// <summary>The sides of an operator, or what a method is given; nothing where a factor <c>alpha</c> comes in.</summary>
    public static IEnumerable<IOperation> Operands(OperationContext context) => context.Operation switch
    {
        IInvocationOperation invocation => invocation.Arguments.Any(static argument => argument.Parameter?.Name == "alpha")
            ? []
            : invocation.Arguments.Select(static argument => argument.Value),
        _ => context.Tensors,
    };
}
