using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Generation.Symbols;

namespace Precision.Generator.Flow;

/// <summary>The region that a member's callers have opened when its body runs.</summary>
internal static class BodyRegion
{
    /// <summary>
    /// The region of a member's body. The forward of an annotated class runs in its region, and so do private helpers that
    /// nothing else calls. A class without annotation is taken for what it shows: no region.
    /// </summary>
    public static FlowRegion Of(ISymbol member, PrecisionOfClass precision, Scenario scenario, CancellationToken token)
    {
        var inside = Inside(precision.Kind, scenario);
        if (precision.Kind is ClassKind.Plain || IsForward(member) || member is IMethodSymbol method && IsHelper(method, token))
        {
            return inside;
        }

        return member is IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.PropertyGet, IsStatic: false } ? inside.OrNone() : FlowRegion.None;
    }

    /// <summary>The region of an annotated class's forward.</summary>
    public static FlowRegion Inside(ClassKind kind, Scenario scenario) => kind switch
    {
        ClassKind.Mixed => FlowRegion.Autocast(scenario.Compute),
        ClassKind.TrueSixteenBit => FlowRegion.TrueSixteenBit,
        ClassKind.FullPrecision => FlowRegion.Disabled,
        _ => FlowRegion.None,
    };

    /// <summary>Whether a member is the forward of an annotated class, as its user writes it.</summary>
    public static bool IsForward(ISymbol member) => member is IMethodSymbol { Name: AnnotatedClassAnalysis.ForwardCore, IsStatic: false };

    /// <summary>Whether a method is private and only the forward, and helpers like it, name it.</summary>
    private static bool IsHelper(IMethodSymbol method, CancellationToken token)
    {
        var outside = new HashSet<string>(StringComparer.Ordinal);
        var callers = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var part in method.ContainingType.DeclaringSyntaxReferences)
        {
            if (part.GetSyntax(token) is not TypeDeclarationSyntax declaration)
            {
                return false;
            }

            foreach (var member in declaration.Members)
            {
                var names = member.DescendantTokens().Where(static name => name.IsKind(SyntaxKind.IdentifierToken)).Select(static name => name.ValueText);
                if (member is MethodDeclarationSyntax { Identifier.ValueText: var name } declared && IsPrivateOrForward(declared))
                {
                    foreach (var used in names.Where(used => used != name))
                    {
                        if (!callers.TryGetValue(used, out var users))
                        {
                            callers.Add(used, users = new HashSet<string>(StringComparer.Ordinal));
                        }

                        users.Add(name);
                    }
                }
                else
                {
                    outside.UnionWith(names);
                }
            }
        }

        return IsInside(method.Name, []);

        bool IsInside(string name, HashSet<string> seen)
            => name == AnnotatedClassAnalysis.ForwardCore
                || (!outside.Contains(name) && (!seen.Add(name) || (callers.TryGetValue(name, out var users) && users.All(user => IsInside(user, seen)))));
    }

    private static bool IsPrivateOrForward(MethodDeclarationSyntax method)
        => method.Identifier.ValueText == AnnotatedClassAnalysis.ForwardCore
            || !method.Modifiers.Any(static modifier => modifier.Kind()
                is SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.OverrideKeyword);
}
