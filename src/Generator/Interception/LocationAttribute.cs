using Microsoft.CodeAnalysis;

namespace Precision.Generator.Interception;

/// <summary>
/// The attribute that names the places of the calls. From C# 11 on each generated file has its own. Before that there is one for the
/// compilation, and where its source has one already, that.
/// </summary>
internal static class LocationAttribute
{
    /// <summary>What the compilation's own source declares by that name; null where it declares nothing.</summary>
    public static INamedTypeSymbol? In(Compilation compilation)
        => compilation.Assembly.GetTypeByMetadataName("System.Runtime.CompilerServices.InterceptsLocationAttribute");

    /// <summary>Whether generated code can write it, on a method and more than once: <c>InterceptsLocation(1, "…")</c>.</summary>
    public static bool CanBeUsed(INamedTypeSymbol type)
        => type is { TypeKind: TypeKind.Class, IsAbstract: false, IsStatic: false, BaseType: { Name: nameof(Attribute), ContainingNamespace.Name: nameof(System) } }
            && type.InstanceConstructors.Any(static constructor
                => constructor.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal
                    && constructor.Parameters is [{ Type.SpecialType: SpecialType.System_Int32 }, { Type.SpecialType: SpecialType.System_String }])
            && type.GetAttributes().Any(static usage
                => usage.AttributeClass?.Name == nameof(AttributeUsageAttribute)
                    && usage.ConstructorArguments is [{ Value: int targets }] && ((AttributeTargets)targets & AttributeTargets.Method) != 0
                    && usage.NamedArguments.Any(static named => named is { Key: nameof(AttributeUsageAttribute.AllowMultiple), Value.Value: true }));
}
