using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>The types that the rules about training loops look for, resolved once for a compilation.</summary>
/// <param name="Training"><c>MixedPrecisionTraining</c>.</param>
/// <param name="Group"><c>ProcessGroup</c>.</param>
internal sealed record TrainingSymbols(INamedTypeSymbol Training, INamedTypeSymbol Group)
{
    /// <summary>The symbols; null where the library is not referenced.</summary>
    public static TrainingSymbols? Of(Compilation compilation)
        => compilation.GetTypeByMetadataName("Precision.MixedPrecisionTraining") is { } training
            && compilation.GetTypeByMetadataName("Precision.Distributed.ProcessGroup") is { } group
                ? new(training, group)
                : null;

    /// <summary>Whether a method takes part in what all ranks do together, so that each must call it equally often.</summary>
    public bool IsForAllRanks(IMethodSymbol method) => method.Name switch
    {
        "AllReduce" or "Broadcast" or "Barrier" => Is(method.ContainingType, Group),
        "Backward" or "Step" or "Save" or "SaveAsync" => Is(method.ContainingType, Training),
        _ => false,
    };

    /// <summary>Whether a property is another value on each rank.</summary>
    public bool IsRank(IPropertySymbol property) => property.Name is "Rank" or "LocalRank" or "IsFirst" && Is(property.ContainingType, Group);

    /// <summary>Whether a property is the number of ranks.</summary>
    public bool IsWorldSize(IPropertySymbol property) => property.Name is "WorldSize" && Is(property.ContainingType, Group);

    private static bool Is(INamedTypeSymbol type, INamedTypeSymbol other) => SymbolEqualityComparer.Default.Equals(type, other);
}
