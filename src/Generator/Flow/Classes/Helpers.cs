using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Flow.Classes;

/// <summary>Finds the helpers of an annotated class: private methods that only the forward, and helpers like them, name.</summary>
internal static class Helpers
{
    /// <summary>The names of a class's helpers, and of the forward; none where not all of the class is in source.</summary>
    public static HashSet<string> Of(INamedTypeSymbol type, CancellationToken token)
    {
        var parts = type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(token)).OfType<TypeDeclarationSyntax>().ToArray();
        if (parts.Length != type.DeclaringSyntaxReferences.Length)
        {
            return [];
        }

        // Whose body names which of them; null stands for everything but them.
        var members = parts
            .SelectMany(static part => part.Members)
            .ToLookup(static member => IsPrivateOrForward(member) ? ((MethodDeclarationSyntax)member).Identifier.ValueText : null);
        var helpers = new HashSet<string>(members.Select(static named => named.Key).OfType<string>(), StringComparer.Ordinal);
        var callers = helpers.ToDictionary(static name => name, static _ => new HashSet<string?>(), StringComparer.Ordinal);
        foreach (var named in members)
        {
            foreach (var name in named.SelectMany(static member => member.DescendantTokens()))
            {
                if (name.IsKind(SyntaxKind.IdentifierToken) && name.ValueText != named.Key && callers.TryGetValue(name.ValueText, out var users))
                {
                    users.Add(named.Key);
                }
            }
        }

        // Those that call one another are helpers together, or none of them is: all are until one is found that is none.
        while (helpers.RemoveWhere(name => name != AnnotatedClassAnalysis.ForwardCore
            && (callers[name].Count == 0 || !callers[name].All(user => user is not null && helpers.Contains(user)))) > 0)
        {
        }

        return helpers;
    }

    private static bool IsPrivateOrForward(MemberDeclarationSyntax member)
        => member is MethodDeclarationSyntax method
            && (method.Identifier.ValueText == AnnotatedClassAnalysis.ForwardCore
                || !method.Modifiers.Any(static modifier => modifier.Kind()
                    is SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.OverrideKeyword));
}
