using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Symbols;

/// <summary>
/// What an annotated class is, and whether code can be generated for it. The one place that decides; generator and
/// analyzers both ask here.
/// </summary>
/// <param name="Fault">Why nothing can be generated.</param>
/// <param name="Policy">The policy; null for a <c>[FullPrecision]</c> class.</param>
/// <param name="Module">The constructed <c>Module&lt;…&gt;</c>.</param>
/// <param name="AnnotatedBase">The nearest annotated class among the bases.</param>
/// <param name="Target">The method that the generated forward calls; null when an annotated base's forward already does.</param>
/// <param name="Taken">The symbol that has the name of a member to be generated, or an overload that a generated call would reach.</param>
internal sealed record AnnotatedClassAnalysis(
    AnnotationFault Fault,
    Policy? Policy = null,
    INamedTypeSymbol? Module = null,
    INamedTypeSymbol? AnnotatedBase = null,
    IMethodSymbol? Target = null,
    ISymbol? Taken = null)
{
    public const string ForwardCore = "ForwardCore";

    public const string Forward = OperationTable.Forward;

    /// <summary>Analyses a class that carries at least one of the two attributes.</summary>
    public static AnnotatedClassAnalysis Of(INamedTypeSymbol type, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        var mixed = type.FindMixedPrecision();
        if (mixed is not null && type.FindFullPrecision() is not null)
        {
            return new(AnnotationFault.ConflictingAnnotations);
        }

        if (FaultOfDeclaration(type, token) is var declarationFault and not AnnotationFault.None)
        {
            return new(declarationFault);
        }

        if (type.FindGenericModule() is not { } module)
        {
            return new(AnnotationFault.NotGenericModule);
        }

        var policy = mixed?.ReadPolicy();
        if (mixed is not null && policy is null)
        {
            return new(AnnotationFault.BrokenAttribute);
        }

        if (policy is not null && PolicyRules.Fault(policy.Compute, policy.Parameters, policy.Output, policy.Autocast) is not null)
        {
            return new(AnnotationFault.UnusableDtype, policy);
        }

        var annotatedBase = FindAnnotatedBase(type);
        if (annotatedBase is not null && FaultOfBase(annotatedBase, policy is not null, token) is var baseFault and not AnnotationFault.None)
        {
            return new(baseFault, policy, module, annotatedBase);
        }

        if (FindForward(type, module) is not null)
        {
            return new(AnnotationFault.OverridesForward, policy, module, annotatedBase);
        }

        var (fault, target) = FindTarget(type, module, annotatedBase);
        if (fault is AnnotationFault.None && GeneratedNames.FindClash(type, policy, annotatedBase, module, target is not null) is { } taken)
        {
            return new(AnnotationFault.NameIsTaken, policy, module, annotatedBase, target, taken);
        }

        return target is not null && Overloads.FindPreferred(type, target, module) is { } preferred
            ? new(AnnotationFault.OverloadIsPreferred, policy, module, annotatedBase, target, preferred)
            : new(fault, policy, module, annotatedBase, target);
    }

    /// <summary>The override of <c>forward</c> that a class itself declares; null when it declares none.</summary>
    public static IMethodSymbol? FindForward(INamedTypeSymbol type, INamedTypeSymbol module)
        => FindMethod(type, Forward, module) is { IsOverride: true } forward ? forward : null;

    /// <summary>The nearest annotated class among the bases; null when there is none.</summary>
    public static INamedTypeSymbol? FindAnnotatedBase(INamedTypeSymbol type)
    {
        for (var current = type.BaseType; current is not null && !current.IsGenericModule(); current = current.BaseType)
        {
            if (current.OriginalDefinition.IsAnnotated())
            {
                return current;
            }
        }

        return null;
    }

    /// <summary>Whether an annotated class has its generated code, or gets it in this compilation.</summary>
    public static bool IsGenerated(INamedTypeSymbol annotated, CancellationToken token)
        => annotated.OriginalDefinition is var definition && definition.DeclaringSyntaxReferences.IsEmpty
            ? HasGeneratedCode(definition)
            : Of(definition, token).Fault is AnnotationFault.None;

    private static AnnotationFault FaultOfDeclaration(INamedTypeSymbol type, CancellationToken token)
    {
        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (current.IsFileLocal)
            {
                return AnnotationFault.FileLocal;
            }

            if (!current.IsPartial(token))
            {
                return AnnotationFault.NotPartial;
            }
        }

        return AnnotationFault.None;
    }

    private static AnnotationFault FaultOfBase(INamedTypeSymbol annotatedBase, bool isMixed, CancellationToken token)
    {
        if (annotatedBase.OriginalDefinition.FindMixedPrecision() is not null != isMixed)
        {
            return AnnotationFault.ConflictingAnnotations;
        }

        return IsGenerated(annotatedBase, token) ? AnnotationFault.None : AnnotationFault.FaultyBase;
    }

    /// <summary>Whether an annotated class of another assembly went through the generator there.</summary>
    public static bool HasGeneratedCode(INamedTypeSymbol type) => type.FindPrecisionGenerated() is not null;

    private static (AnnotationFault Fault, IMethodSymbol? Target) FindTarget(
        INamedTypeSymbol type,
        INamedTypeSymbol module,
        INamedTypeSymbol? annotatedBase)
    {
        if (FindMethod(type, ForwardCore, module) is { } own)
        {
            // An override is reached by the annotated base's generated forward already.
            return own.IsOverride && annotatedBase is not null ? (AnnotationFault.None, null) : Unsealed(own);
        }

        if (!type.GetMembers(ForwardCore).IsEmpty)
        {
            return (AnnotationFault.ForwardCoreSignature, null);
        }

        if (annotatedBase is not null)
        {
            return (AnnotationFault.None, null);
        }

        for (var current = type.BaseType; current is not null && !current.IsGenericModule(); current = current.BaseType)
        {
            if (FindMethod(current, Forward, module) is { IsOverride: true } forward)
            {
                return forward switch
                {
                    { IsSealed: true } => (AnnotationFault.SealedForward, null),
                    { IsAbstract: true } => (AnnotationFault.NoForwardCore, null),
                    _ => (AnnotationFault.None, forward),
                };
            }

            if (FindMethod(current, ForwardCore, module) is { } inherited && IsAccessible(inherited, type))
            {
                return Unsealed(inherited);
            }
        }

        return (AnnotationFault.NoForwardCore, null);

        (AnnotationFault, IMethodSymbol?) Unsealed(IMethodSymbol forwardCore)
        {
            for (var current = type.BaseType; current is not null && !current.IsGenericModule(); current = current.BaseType)
            {
                if (FindMethod(current, Forward, module) is { IsOverride: true } forward)
                {
                    return forward.IsSealed ? (AnnotationFault.SealedForward, null) : (AnnotationFault.None, forwardCore);
                }
            }

            return (AnnotationFault.None, forwardCore);
        }
    }

    /// <summary>
    /// A method that a type declares with the parameters and result of <c>forward</c>. Never a generated one: the analyzers
    /// see the compilation with generated code in it (in an editor perhaps an older one), and must decide as the generator did.
    /// </summary>
    internal static IMethodSymbol? FindMethod(INamedTypeSymbol type, string name, INamedTypeSymbol module)
    {
        var generated = type.FindPrecisionGenerated()?.ApplicationSyntaxReference?.SyntaxTree;
        foreach (var member in type.GetMembers(name))
        {
            if (member is IMethodSymbol { IsStatic: false, Arity: 0, ReturnsByRef: false, ReturnsByRefReadonly: false } method
                && (generated is null || method.DeclaringSyntaxReferences is not [{ SyntaxTree: var tree }] || tree != generated)
                && HasSignature(method, module))
            {
                return method;
            }
        }

        return null;
    }

    private static bool HasSignature(IMethodSymbol method, INamedTypeSymbol module)
        => method.ReturnType.IsSameIgnoringTupleNames(module.TypeArguments[module.TypeArguments.Length - 1]) && HasParameters(method, module);

    /// <summary>Whether a method, by its parameters, would override or hide <c>forward</c>.</summary>
    internal static bool HasParameters(IMethodSymbol method, INamedTypeSymbol module)
    {
        var types = module.TypeArguments;
        if (method.Arity != 0 || method.Parameters.Length != types.Length - 1)
        {
            return false;
        }

        for (var i = 0; i < method.Parameters.Length; i++)
        {
            var parameter = method.Parameters[i];
            if (parameter.RefKind is not RefKind.None || !parameter.Type.IsSameIgnoringTupleNames(types[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a class can use a member of its own or of a base.</summary>
    public static bool IsAccessible(ISymbol inherited, INamedTypeSymbol type) => inherited.DeclaredAccessibility switch
    {
        Accessibility.Private => SymbolEqualityComparer.Default.Equals(inherited.ContainingType, type),
        Accessibility.Internal or Accessibility.ProtectedAndInternal
            => SymbolEqualityComparer.Default.Equals(inherited.ContainingAssembly, type.ContainingAssembly)
                || inherited.ContainingAssembly.GivesAccessTo(type.ContainingAssembly),
        _ => true,
    };
}
