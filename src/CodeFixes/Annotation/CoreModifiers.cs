using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Precision.CodeFixes.Annotation;

/// <summary>The modifiers of a method that becomes a <c>…Core</c>, in place of <c>public override</c>.</summary>
/// <param name="Accessibility">Takes the place of <c>public</c>.</param>
/// <param name="Role">Takes the place of <c>override</c>; none removes it.</param>
internal sealed record CoreModifiers(Accessibility Accessibility, SyntaxKind Role)
{
    /// <summary>The modifiers of the new method, in the order and with the trivia of the old ones.</summary>
    public SyntaxTokenList Replace(SyntaxTokenList old)
    {
        var result = new List<SyntaxToken>();
        var comments = new List<SyntaxTrivia>();
        foreach (var token in old)
        {
            var kinds = Replace(token.Kind());
            if (kinds.Length == 0)
            {
                comments.AddRange(token.LeadingTrivia);
                comments.AddRange(token.TrailingTrivia.SkipWhile(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)));
            }

            for (var i = 0; i < kinds.Length; i++)
            {
                var isLast = i == kinds.Length - 1;
                result.Add(SyntaxFactory.Token(
                    i == 0 ? [.. comments, .. token.LeadingTrivia] : [],
                    kinds[i],
                    isLast ? token.TrailingTrivia : [SyntaxFactory.Space]));
                comments.Clear();
            }
        }

        if (comments.Count > 0)
        {
            var last = result[result.Count - 1];
            result[result.Count - 1] = last.WithTrailingTrivia(last.TrailingTrivia.AddRange(comments));
        }

        return [.. result];
    }

    private SyntaxKind[] Replace(SyntaxKind old) => old switch
    {
        SyntaxKind.PublicKeyword => Accessibility switch
        {
            Accessibility.Public => [SyntaxKind.PublicKeyword],
            Accessibility.Internal => [SyntaxKind.InternalKeyword],
            Accessibility.Protected => [SyntaxKind.ProtectedKeyword],
            Accessibility.ProtectedOrInternal => [SyntaxKind.ProtectedKeyword, SyntaxKind.InternalKeyword],
            Accessibility.ProtectedAndInternal => [SyntaxKind.PrivateKeyword, SyntaxKind.ProtectedKeyword],
            _ => [SyntaxKind.PrivateKeyword],
        },
        SyntaxKind.OverrideKeyword => Role is SyntaxKind.None ? [] : [Role],
        SyntaxKind.SealedKeyword or SyntaxKind.AbstractKeyword when Role is not SyntaxKind.OverrideKeyword => [],
        _ => [old],
    };
}
