using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Interception.Models;
using Precision.Generator.Lists;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>
/// Reads the calls to replace. What a body calls depends on its file and on what the compilation declares, so that a file is bound
/// again where it has changed itself or is given other lists of operations, and all are where a declaration has changed.
/// </summary>
internal static class InterceptedCalls
{
    private static readonly ConditionalWeakTable<SyntaxTree, Candidates> ByTree = new();
    private static readonly ConditionalWeakTable<DeclarationVersion, ConditionalWeakTable<SyntaxTree, ReadFile>> ByVersion = new();

    /// <summary>What every file says that, by its syntax, may say something.</summary>
    public static EquatableArray<CallsOfFile> Of(Compilation compilation, AnalyzerConfigOptionsProvider options, CancellationToken token)
    {
        var lists = OperationLists.Of(compilation, options, token);
        var names = lists.Names;
        var known = ByVersion.GetOrCreateValue(DeclarationVersion.Of(compilation));
        var files = ImmutableArray.CreateBuilder<CallsOfFile>();
        foreach (var tree in compilation.SyntaxTrees)
        {
            var candidates = Cached(ByTree, tree, seen => seen.Names == names, () => Candidates.Of(tree, names, lists, token));
            if (!candidates.IsEmpty)
            {
                var list = lists.OfFile(tree);
                files.Add(Cached(
                    known,
                    tree,
                    read => ReferenceEquals(read.Candidates, candidates) && read.List.Equals(list),
                    () => new ReadFile(candidates, list, Read(candidates, compilation.GetSemanticModel(tree), lists, token))).Calls);
            }
        }

        return new(files.ToImmutable());
    }

    /// <summary>Whether a node is a call that, by its syntax, may be replaced.</summary>
    public static bool IsCandidate(SyntaxNode node, OperationLists lists)
        => node is InvocationExpressionSyntax invocation && NameOf(invocation.Expression) is { } name && (InterceptorBuilder.Names.Contains(name) || lists.MayHave(name));

    private static T Cached<T>(ConditionalWeakTable<SyntaxTree, T> cache, SyntaxTree tree, Func<T, bool> isOf, Func<T> make)
        where T : class
    {
        if (cache.TryGetValue(tree, out var known) && isOf(known))
        {
            return known;
        }

        var made = make();
        lock (cache)
        {
            cache.Remove(tree);
            cache.Add(tree, made);
        }

        return made;
    }

    private static CallsOfFile Read(Candidates candidates, SemanticModel model, OperationLists lists, CancellationToken token)
        => new(
            new([.. candidates.Calls.Select(call => Build(call, model, lists, token)).OfType<InterceptedCall>()]),
            new([.. candidates.Taken.Select(place => model.GetConstantValue(place, token).Value).OfType<string>()]));

    private static InterceptedCall? Build(InvocationExpressionSyntax syntax, SemanticModel model, OperationLists lists, CancellationToken token)
    {
        if (model.GetOperation(syntax, token) is not IInvocationOperation operation
            || InterceptorBuilder.Build(operation, lists) is not { } interceptor
            || model.GetInterceptableLocation(syntax, token) is not { } location)
        {
            return null;
        }

        var tree = syntax.SyntaxTree;
        var start = operation.NameLocation().SourceSpan.Start;
        var position = tree.GetLineSpan(new TextSpan(start, 0), token).StartLinePosition;
        return new InterceptedCall(
            tree.FilePath,
            start,
            $"{InterceptionGenerator.FileName(tree.FilePath)}({position.Line + 1},{position.Character + 1})",
            location.Version,
            location.Data,
            interceptor);
    }

    private static string? NameOf(ExpressionSyntax called) => called switch
    {
        // What base.call reaches cannot be reached from anywhere else.
        MemberAccessExpressionSyntax { Expression: BaseExpressionSyntax } => null,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier.ValueText,
        IdentifierNameSyntax name => name.Identifier.ValueText,
        _ => null,
    };

    /// <summary>What was read of one file.</summary>
    /// <param name="Candidates">What was bound.</param>
    /// <param name="List">The lists that options give to the file.</param>
    /// <param name="Calls">What it says.</param>
    private sealed record ReadFile(Candidates Candidates, ConfiguredList List, CallsOfFile Calls);

    /// <summary>What by the syntax of one file is worth binding.</summary>
    /// <param name="Names">The names that lists added.</param>
    /// <param name="Calls">The calls that may be replaced.</param>
    /// <param name="Taken">The expressions by which interceptors name their places.</param>
    private sealed record Candidates(string Names, ImmutableArray<InvocationExpressionSyntax> Calls, ImmutableArray<ExpressionSyntax> Taken)
    {
        public bool IsEmpty => Calls.IsEmpty && Taken.IsEmpty;

        public static Candidates Of(SyntaxTree tree, string names, OperationLists lists, CancellationToken token)
        {
            var (calls, taken) = (ImmutableArray.CreateBuilder<InvocationExpressionSyntax>(), ImmutableArray.CreateBuilder<ExpressionSyntax>());
            foreach (var node in tree.GetRoot(token).DescendantNodes())
            {
                if (IsCandidate(node, lists))
                {
                    calls.Add((InvocationExpressionSyntax)node);
                }
                else if (node is AttributeSyntax { ArgumentList.Arguments: [_, var place] } attribute && attribute.Name.Stem() is "InterceptsLocation")
                {
                    taken.Add(place.Expression);
                }
            }

            return new(names, calls.ToImmutable(), taken.ToImmutable());
        }
    }
}
