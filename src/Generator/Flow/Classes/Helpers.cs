using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Flow.Classes;

/// <summary>
/// The private methods of an annotated class by who runs them: the forward alone, or constructors and initialisers alone. Helpers of
/// helpers count.
/// </summary>
internal sealed class Helpers
{
    /// <summary>Stands for constructors and initialisers where names of methods stand.</summary>
    private const string Construction = ".ctor";

    private readonly HashSet<string> ofForward;
    private readonly HashSet<string> ofConstruction;

    private Helpers(HashSet<string> ofForward, HashSet<string> ofConstruction) => (this.ofForward, this.ofConstruction) = (ofForward, ofConstruction);

    /// <summary>Whether only the forward runs a method of this name, or it is the forward.</summary>
    public bool RunInForward(string name) => ofForward.Contains(name);

    /// <summary>Whether only constructors and initialisers run a method of this name.</summary>
    public bool RunInConstruction(string name) => ofConstruction.Contains(name);

    /// <summary>Finds a class's helpers; none where not all of the class is in source.</summary>
    public static Helpers Of(INamedTypeSymbol type, CancellationToken token)
    {
        var parts = type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(token)).OfType<TypeDeclarationSyntax>().ToArray();
        if (parts.Length != type.DeclaringSyntaxReferences.Length)
        {
            return new([], []);
        }

        // Whose body names which of them, and whether it calls them at once; null stands for everything else.
        var members = parts.SelectMany(static part => part.Members).ToLookup(NameOf);
        var names = new HashSet<string>(members.Select(static named => named.Key).OfType<string>(), StringComparer.Ordinal);
        names.Remove(Construction);
        var callers = names.ToDictionary(static name => name, static _ => new HashSet<(string? Name, bool IsCall)>(), StringComparer.Ordinal);
        foreach (var named in members)
        {
            foreach (var name in named.SelectMany(static member => member.DescendantTokens()))
            {
                if (name.IsKind(SyntaxKind.IdentifierToken) && name.ValueText != named.Key && callers.TryGetValue(name.ValueText, out var users))
                {
                    users.Add((named.Key, IsCalledAtOnce(name)));
                }
            }
        }

        return new(
            Closed(names, callers, AnnotatedClassAnalysis.ForwardCore, static _ => true),
            Closed(names, callers, Construction, static isCall => isCall));
    }

    /// <summary>
    /// The methods that only a root and others of them use. Those that call one another are helpers together, or none of them is:
    /// all are until one is found that is none.
    /// </summary>
    private static HashSet<string> Closed(
        HashSet<string> names,
        Dictionary<string, HashSet<(string? Name, bool IsCall)>> callers,
        string root,
        Func<bool, bool> mayUse)
    {
        var helpers = new HashSet<string>(names, StringComparer.Ordinal) { root };
        while (helpers.RemoveWhere(name => name != root
            && (callers[name].Count == 0 || !callers[name].All(user => user.Name is not null && helpers.Contains(user.Name) && mayUse(user.IsCall)))) > 0)
        {
        }

        return helpers;
    }

    /// <summary>Whether a name is that of a method that is called where it stands: not handed out, and not in a lambda that runs later.</summary>
    private static bool IsCalledAtOnce(SyntaxToken name)
    {
        var called = name.Parent is { Parent: MemberAccessExpressionSyntax access } && access.Name == name.Parent ? access : name.Parent;
        return called?.Parent is InvocationExpressionSyntax invocation
            && invocation.Expression == called
            && !invocation.Ancestors().Any(static around => around is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax);
    }

    private static string? NameOf(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method when IsPrivateOrForward(method) => method.Identifier.ValueText,
        ConstructorDeclarationSyntax or FieldDeclarationSyntax => Construction,
        PropertyDeclarationSyntax { Initializer: not null } => Construction,
        _ => null,
    };

    private static bool IsPrivateOrForward(MethodDeclarationSyntax method)
        => method.Identifier.ValueText == AnnotatedClassAnalysis.ForwardCore
            || !method.Modifiers.Any(static modifier => modifier.Kind()
                is SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.OverrideKeyword);
}
