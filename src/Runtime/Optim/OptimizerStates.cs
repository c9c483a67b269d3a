using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace Precision.Optim;

/// <summary>The states that optimizers keep for their parameters.</summary>
internal static class OptimizerStates
{
    /// <summary>The states by the handles of the parameters.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_state")]
    public static extern ref OrderedDict<nint, OptimizerState> Of(OptimizerHelper optimizer);

    /// <summary>
    /// Whether an optimizer makes a state for each parameter that it gets: TorchSharp's and this library's do. Those of others need not.
    /// </summary>
    public static bool AreKeptBy(OptimizerHelper optimizer)
    {
        var type = optimizer.GetType();
        while (type.BaseType != typeof(OptimizerHelper))
        {
            type = type.BaseType!;
        }

        return type.Assembly == typeof(OptimizerHelper).Assembly || type == typeof(FusedOptimizer);
    }
}
