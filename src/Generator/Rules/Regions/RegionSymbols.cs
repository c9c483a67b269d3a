using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Regions;

/// <summary>The types that the rules about regions look for, resolved once for a compilation.</summary>
internal sealed class RegionSymbols
{
    private readonly INamedTypeSymbol region;
    private readonly HashSet<ISymbol> schedulers = new(SymbolEqualityComparer.Default);

    private RegionSymbols(Compilation compilation, INamedTypeSymbol region)
    {
        this.region = region;
        foreach (var name in new[]
        {
            "System.Threading.Tasks.Task",
            "System.Threading.Tasks.Task`1",
            "System.Threading.Tasks.TaskFactory",
            "System.Threading.Tasks.TaskFactory`1",
            "System.Threading.Tasks.Parallel",
            "System.Threading.Thread",
            "System.Threading.Timer",
            "System.Threading.ThreadPool",
            "System.Linq.ParallelEnumerable",
        })
        {
            if (compilation.GetTypeByMetadataName(name) is { } type)
            {
                schedulers.Add(type);
            }
        }
    }

    /// <summary>The symbols; null where the library is not referenced.</summary>
    public static RegionSymbols? Of(Compilation compilation)
        => compilation.GetTypeByMetadataName("Precision.AutocastRegion") is { } region ? new(compilation, region) : null;

    /// <summary>Whether a type is that of a region. Asked for every call, so the cheap question comes first.</summary>
    public bool IsRegion(ITypeSymbol? type) => type is { IsRefLikeType: true } && SymbolEqualityComparer.Default.Equals(type, region);

    /// <summary>Whether a method or constructor hands the delegates that it is given to other threads.</summary>
    public bool IsScheduler(IMethodSymbol method)
        => method.ContainingNamespace?.Name is "Threading" or "Tasks" or "Linq" && schedulers.Contains(method.ContainingType.OriginalDefinition);
}
