using Microsoft.CodeAnalysis;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Modules;

/// <summary>Tells types that are modules, or that hold some.</summary>
internal static class ModuleTypes
{
    /// <summary>Whether the source of a symbol is known: of this compilation or, in an editor, of a project that it references.</summary>
    public static bool IsInSource(this ISymbol symbol) => !symbol.DeclaringSyntaxReferences.IsEmpty;

    /// <summary>Whether a symbol is written in a compilation itself.</summary>
    public static bool Declares(this Compilation compilation, ISymbol symbol)
        => symbol.IsInSource() && SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, compilation.Assembly);

    /// <summary>Whether a class is a module that another assembly declares, which is neither TorchSharp nor this library.</summary>
    public static bool IsModuleOfAnotherAssembly(this Compilation compilation, ITypeSymbol? type)
        => type is INamedTypeSymbol { TypeKind: TypeKind.Class, ContainingAssembly: { Name: not "Precision" } assembly } named
            && !SymbolEqualityComparer.Default.Equals(assembly, compilation.Assembly)
            && named.IsAnyModule() && !named.IsTorchSharps();

    /// <summary>Whether a type is a module, or one of the open types of modules.</summary>
    public static bool IsAnyModule(this ITypeSymbol? type)
    {
        for (var current = type as INamedTypeSymbol; current is not null; current = current.BaseType)
        {
            if (current.IsModule() || current.IsGenericModule())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a type is TorchSharp's module that runs its elements one after another.</summary>
    public static bool IsSequential(this ITypeSymbol? type) => type is INamedTypeSymbol { Name: "Sequential" } && type.IsTorchSharps();

    /// <summary>Whether a type is a module that only holds others.</summary>
    public static bool IsContainer(this ITypeSymbol? type)
        => type.IsSequential() || (type is INamedTypeSymbol { Name: "ModuleList" or "ModuleDict" } && type.IsTorchSharps());

    /// <summary>Whether a type is that of modules, or of arrays, lists, dictionaries or tuples of them.</summary>
    public static bool IsOfModules(this ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => array.ElementType.IsOfModules(),
        INamedTypeSymbol { TypeKind: TypeKind.Delegate } => false,
        INamedTypeSymbol { Arity: > 0, ContainingNamespace: { } space } named when space.IsSystems() => named.TypeArguments.Any(IsOfModules),
        _ => type.IsAnyModule(),
    };

    /// <summary>Whether a type of modules is the class itself: TorchSharp's own, and classes that no other derives from.</summary>
    public static bool IsExactModule(this ITypeSymbol type)
        => type is INamedTypeSymbol named && named.IsAnyModule()
            && ((named.IsSealed && named.IsInSource()) || (named.IsTorchSharps() && !named.IsContainer() && OperationTable.FindModule(named) is not null));

    /// <summary>Whether a value of a type may be a module, or have some in it: not numbers, texts and tensors.</summary>
    public static bool MayHoldModules(this ITypeSymbol? type) => type switch
    {
        null => false,
        { SpecialType: SpecialType.System_Object } => true,
        { SpecialType: SpecialType.System_String or SpecialType.System_Array or SpecialType.System_Void } => false,
        IArrayTypeSymbol array => array.ElementType.MayHoldModules(),
        INamedTypeSymbol { IsTupleType: true } tuple => tuple.TupleElements.Any(static element => element.Type.MayHoldModules()),
        { IsValueType: true } or { TypeKind: TypeKind.Enum } => false,
        INamedTypeSymbol { ContainingNamespace: { } space } named when named.Arity > 0 && space.IsSystems() => named.TypeArguments.Any(MayHoldModules),
        _ => !type.IsTensorOrDerived(),
    };

    /// <summary>Whether a namespace is in .NET's own.</summary>
    public static bool IsSystems(this INamespaceSymbol space)
    {
        while (space is { ContainingNamespace.IsGlobalNamespace: false })
        {
            space = space.ContainingNamespace;
        }

        return space is { Name: "System" };
    }
}
