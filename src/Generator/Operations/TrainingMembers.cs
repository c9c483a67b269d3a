using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Operations;

/// <summary>The members that training loops are made of. Asked for every call, so that names are compared first.</summary>
internal static class TrainingMembers
{
    private static readonly DeclaringType Scaler = new("Precision.GradScaler");
    private static readonly DeclaringType Training = new("Precision.MixedPrecisionTraining");
    private static readonly DeclaringType OptimizerBase = new("TorchSharp.torch+optim+Optimizer");
    private static readonly DeclaringType SchedulerBase = new("TorchSharp.torch+optim+lr_scheduler+LRScheduler");
    private static readonly DeclaringType ModuleConversions = new("TorchSharp.ModuleExtensionMethods");

    /// <summary>What a method does in a training loop.</summary>
    public static TrainingMember Of(IMethodSymbol method) => method.Name switch
    {
        "scale" when IsScaler(method.ContainingType) => TrainingMember.Scale,
        "unscale_" when IsScaler(method.ContainingType) => TrainingMember.Unscale,
        "update" when IsScaler(method.ContainingType) => method.Parameters.IsEmpty ? TrainingMember.Update : TrainingMember.SetScale,
        "get_scale" or "WasSkipped" when IsScaler(method.ContainingType) => TrainingMember.ReadScaler,
        "step" when IsScaler(method.ContainingType) => TrainingMember.ScalerStep,
        "step" when IsOptimizer(method.ContainingType) => TrainingMember.OptimizerStep,
        "step" when method.Parameters.IsEmpty && Derives(method.ContainingType, SchedulerBase) => TrainingMember.SchedulerStep,
        "Create" when IsTraining(method.ContainingType) => TrainingMember.CreateTraining,
        "Backward" when IsTraining(method.ContainingType) => TrainingMember.TrainingBackward,
        "Step" when IsTraining(method.ContainingType) => TrainingMember.TrainingStep,
        "Load" or "LoadAsync" when IsTraining(method.ContainingType) => TrainingMember.TrainingReset,
        "CreateMasterWeights" when method.ReturnType is { Name: "MasterWeights" } => TrainingMember.CreateMasters,
        "backward" when method.ContainingType.IsTensor() => TrainingMember.Backward,
        "zero_grad" => IsTraining(method.ContainingType) ? TrainingMember.TrainingReset
            : IsOptimizer(method.ContainingType) || method.ContainingType.IsModule() ? TrainingMember.ZeroGrad : TrainingMember.None,
        "clip_grad_norm_" or "clip_grad_value_" when method.IsTorchSharps() => TrainingMember.Clip,
        "to" or "half" or "bfloat16" or "float" or "double" or "cpu" or "cuda" when ModuleConversions.Is(method.ContainingType)
            => TrainingMember.Convert,
        _ => method is { IsStatic: true, ContainingType.Name: "optim" } && method.IsTorchSharps() && IsOptimizer(method.ReturnType)
            ? TrainingMember.CreateOptimizer : TrainingMember.None,
    };

    /// <summary>Whether a type is <c>GradScaler</c>.</summary>
    public static bool IsScaler(ITypeSymbol? type) => type is INamedTypeSymbol { Name: "GradScaler" } named && Scaler.Is(named);

    /// <summary>Whether a type is <c>MixedPrecisionTraining</c>.</summary>
    public static bool IsTraining(ITypeSymbol? type)
        => type is INamedTypeSymbol { Name: "MixedPrecisionTraining" } named && Training.Is(named);

    /// <summary>Whether a type is an optimizer of TorchSharp's or derives from one.</summary>
    public static bool IsOptimizer(ITypeSymbol? type) => Derives(type, OptimizerBase);

    /// <summary>Whether a property is a training's own optimizer.</summary>
    public static bool IsOptimizerOfTraining(IPropertySymbol property)
        => property.Name == "Optimizer" && IsTraining(property.ContainingType);

    /// <summary>Whether a method gives a module's parameters, to be handed to an optimizer.</summary>
    public static bool GivesParameters(IMethodSymbol method)
        => method.Name is "parameters" or "named_parameters" && method.ContainingType.DerivesFromModule();

    /// <summary>Whether a method computes a quotient or a product of a tensor.</summary>
    public static bool Divides(IMethodSymbol method)
        => method.Name is "div" or "div_" or "mul" or "mul_" && method.ContainingType.IsTensor();

    /// <summary>
    /// The dtype, as <c>ScalarType</c> names it, that a conversion of a module gives its parameters; null where it names none.
    /// </summary>
    public static string? DtypeOf(IInvocationOperation conversion)
    {
        if (Casts.DtypeOf(conversion.TargetMethod.Name) is { } named)
        {
            return named;
        }

        foreach (var argument in conversion.Arguments)
        {
            if (argument.Value.WithoutConversions() is IFieldReferenceOperation { Field: { Type.Name: "ScalarType" } field })
            {
                return DtypeNames.OfAlias(field.Name) ?? field.Name;
            }
        }

        return null;
    }

    /// <summary>Whether a conversion of a module leaves it on a CPU.</summary>
    public static bool IsToCpu(IInvocationOperation conversion)
        => conversion.TargetMethod.Name == "cpu"
            || (conversion.Arguments.Length >= 2
                && conversion.Arguments[1].Value.WithoutConversions() is IFieldReferenceOperation { Field.Name: "CPU" });

    private static bool Derives(ITypeSymbol? type, DeclaringType wanted)
    {
        for (var current = type as INamedTypeSymbol; current is not null; current = current.BaseType)
        {
            if (wanted.Is(current))
            {
                return true;
            }
        }

        return false;
    }
}
