using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Symbols;

/// <summary>The names that generated members need, and what of the user's code has taken one.</summary>
internal static class GeneratedNames
{
    private const string PrecisionPolicy = nameof(PrecisionPolicy);
    private const string PolicyField = "__precisionPolicy";
    private const string CreateMasterWeights = nameof(CreateMasterWeights);

    /// <summary>
    /// The symbol that has the name of a member to be generated: a member, type parameter or primary constructor's parameter of the class,
    /// the class itself, or a member of a base that cannot be hidden or overridden. Null where nothing is in the way.
    /// </summary>
    /// <param name="type">The annotated class.</param>
    /// <param name="policy">Its policy; null for a <c>[FullPrecision]</c> class, which gets a forward only.</param>
    /// <param name="annotatedBase">The base that brings the members already.</param>
    /// <param name="module">The constructed <c>Module&lt;…&gt;</c>.</param>
    /// <param name="hasForward">Whether a forward is generated.</param>
    public static ISymbol? FindClash(INamedTypeSymbol type, Policy? policy, INamedTypeSymbol? annotatedBase, INamedTypeSymbol module, bool hasForward)
    {
        if (hasForward
            && (Named(type, AnnotatedClassAnalysis.Forward, AnnotatedClassAnalysis.FindMethod(type, AnnotatedClassAnalysis.Forward, module))
                ?? ForwardInBases(type, module)) is { } forward)
        {
            return forward;
        }

        if (policy is null)
        {
            return null;
        }

        var masters = annotatedBase is null ? CreateMasterWeights : null;
        return AnyNamed(type, "get_" + PrecisionPolicy)
            ?? AnyNamed(type, "set_" + PrecisionPolicy)
            ?? AnyNamed(type, PrecisionPolicy)
            ?? AnyNamed(type, PolicyField)
            ?? (masters is null
                ? null
                : Named(type, masters, type.Own(masters).FirstOrDefault(static member => member is IMethodSymbol { Arity: 0, Parameters.IsEmpty: true })))
            ?? type.PrimaryParameters()
                .FirstOrDefault(parameter => parameter.Name is PrecisionPolicy or PolicyField || parameter.Name == masters)
            ?? InBases(type, annotatedBase);
    }

    /// <summary>The class itself, a type parameter or any member of a name.</summary>
    private static ISymbol? AnyNamed(INamedTypeSymbol type, string name) => Named(type, name, type.Own(name).FirstOrDefault());

    /// <summary>The class itself or a type parameter of a name, a member of it that is no method, or else a method.</summary>
    private static ISymbol? Named(INamedTypeSymbol type, string name, ISymbol? method)
        => type.Name == name
            ? type
            : type.TypeParameters.FirstOrDefault(parameter => parameter.Name == name)
                ?? type.Own(name).FirstOrDefault(static member => member is not IMethodSymbol)
                ?? method;

    /// <summary>
    /// What stands between the generated forward and the one of <c>Module&lt;…&gt;</c> that it must override: a member that is no method, or a
    /// method that hides it, has a result of its own, or overrides one that does.
    /// </summary>
    private static ISymbol? ForwardInBases(INamedTypeSymbol type, INamedTypeSymbol module)
    {
        for (var current = type.BaseType; current is not null && !current.IsGenericModule(); current = current.BaseType)
        {
            foreach (var member in current.GetMembers(AnnotatedClassAnalysis.Forward))
            {
                if (AnnotatedClassAnalysis.IsAccessible(member, type)
                    && (member is not IMethodSymbol method
                        || (AnnotatedClassAnalysis.HasParameters(method, module) && !OverridesModule(method, module))))
                {
                    return member;
                }
            }
        }

        return null;
    }

    private static bool OverridesModule(IMethodSymbol forward, INamedTypeSymbol module)
    {
        var first = forward;
        while (first.OverriddenMethod is { } overridden)
        {
            first = overridden;
        }

        return first.ContainingType.IsGenericModule()
            && forward.ReturnType.IsSameIgnoringTupleNames(module.TypeArguments[module.TypeArguments.Length - 1]);
    }

    /// <summary>What a base has: an abstract member cannot be hidden, and one between the class and its annotated base not overridden.</summary>
    private static ISymbol? InBases(INamedTypeSymbol type, INamedTypeSymbol? annotatedBase)
    {
        for (var current = type.BaseType; current is not null && !current.IsGenericModule(); current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current, annotatedBase))
            {
                return null;
            }

            foreach (var member in current.GetMembers(PrecisionPolicy).Concat(current.GetMembers(CreateMasterWeights)))
            {
                if (member.IsAbstract || (annotatedBase is not null && member.Name == PrecisionPolicy && member is not IPropertySymbol { IsOverride: true, IsSealed: false }))
                {
                    return member;
                }
            }
        }

        return null;
    }

    /// <summary>
    /// The members of a name that the user wrote: the analyzers see the generated ones too. An indexer has its name in its metadata.
    /// </summary>
    private static IEnumerable<ISymbol> Own(this INamedTypeSymbol type, string name)
    {
        var generated = type.FindPrecisionGenerated()?.ApplicationSyntaxReference?.SyntaxTree;
        return type.GetMembers(name)
            .Concat(type.GetMembers("this[]").Where(indexer => indexer.MetadataName == name))
            .Where(member => !member.IsImplicitlyDeclared
                && (generated is null || member.DeclaringSyntaxReferences is not [{ SyntaxTree: var tree }] || tree != generated)
                && member is not IMethodSymbol { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet });
    }

    /// <summary>The parameters of a primary constructor: members read them by name, and a generated member of that name would hide them.</summary>
    private static IEnumerable<IParameterSymbol> PrimaryParameters(this INamedTypeSymbol type)
        => type.InstanceConstructors
            .Where(static constructor
                => constructor.DeclaringSyntaxReferences is [var declaration] && declaration.GetSyntax() is TypeDeclarationSyntax)
            .SelectMany(static constructor => constructor.Parameters);
}
