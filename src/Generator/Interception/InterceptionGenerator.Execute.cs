using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Interception.Models;

namespace Precision.Generator.Interception;

/// <summary>The work of the pipeline's steps.</summary>
public sealed partial class InterceptionGenerator
{
    /// <summary>Whether the compiler was told to accept interceptors in our namespace: in it, or in one around it.</summary>
    internal static bool IsAllowed(ParseOptions options)
        => options.Features.TryGetValue("InterceptorsNamespaces", out var namespaces)
            && namespaces.Split(';').Any(static allowed => (Namespace + ".").StartsWith(allowed.Trim() + ".", StringComparison.Ordinal));

    private static bool IsCandidate(SyntaxNode node, CancellationToken token) => IsCandidate(node);

    /// <summary>Whether a node is a call that, by its syntax, may be replaced.</summary>
    internal static bool IsCandidate(SyntaxNode node)
        => node is InvocationExpressionSyntax invocation && NameOf(invocation.Expression) is { } name && InterceptorBuilder.Names.Contains(name);

    private static string? NameOf(ExpressionSyntax called) => called switch
    {
        // What base.call reaches cannot be reached from anywhere else.
        MemberAccessExpressionSyntax { Expression: BaseExpressionSyntax } => null,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier.ValueText,
        IdentifierNameSyntax name => name.Identifier.ValueText,
        _ => null,
    };

    private static InterceptedCall? BuildCall(GeneratorSyntaxContext context, CancellationToken token)
    {
        var syntax = (InvocationExpressionSyntax)context.Node;
        if (context.SemanticModel.GetOperation(syntax, token) is not IInvocationOperation operation
            || InterceptorBuilder.Build(operation) is not { } interceptor
            || context.SemanticModel.GetInterceptableLocation(syntax, token) is not { } location)
        {
            return null;
        }

        var tree = syntax.SyntaxTree;
        var start = NameLocation(syntax.Expression).SourceSpan.Start;
        var position = tree.GetLineSpan(new TextSpan(start, 0), token).StartLinePosition;
        return new InterceptedCall(
            tree.FilePath,
            start,
            $"{FileName(tree.FilePath)}({position.Line + 1},{position.Character + 1})",
            location.Version,
            location.Data,
            interceptor);
    }

    private static Location NameLocation(ExpressionSyntax called) => called switch
    {
        MemberAccessExpressionSyntax access => access.Name.GetLocation(),
        MemberBindingExpressionSyntax binding => binding.Name.GetLocation(),
        _ => called.GetLocation(),
    };

    private static bool IsInterceptsLocation(SyntaxNode node, CancellationToken token)
        => node is AttributeSyntax { ArgumentList.Arguments.Count: 2 } attribute
            && (attribute.Name as SimpleNameSyntax ?? (attribute.Name as QualifiedNameSyntax)?.Right ?? (attribute.Name as AliasQualifiedNameSyntax)?.Name)
                ?.Identifier.ValueText is "InterceptsLocation" or "InterceptsLocationAttribute";

    /// <summary>The place that an interceptor in source names.</summary>
    private static string? ReadData(GeneratorSyntaxContext context, CancellationToken token)
        => context.SemanticModel.GetConstantValue(((AttributeSyntax)context.Node).ArgumentList!.Arguments[1].Expression, token).Value as string;

    /// <summary>
    /// The calls by file, without those already taken and those whose place the compiler cannot tell from another: it names
    /// places by the text of their file. Files of one name, in several folders, are numbered in the order of their paths.
    /// </summary>
    private static ImmutableArray<InterceptedFile> Files(ImmutableArray<InterceptedCall> calls, ImmutableArray<string> taken)
    {
        var left = new HashSet<string>(taken, StringComparer.Ordinal);
        left.UnionWith(calls.GroupBy(static call => call.Data, StringComparer.Ordinal).Where(static places => places.Skip(1).Any()).Select(static places => places.Key));
        var names = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var files = ImmutableArray.CreateBuilder<InterceptedFile>();
        foreach (var file in calls
            .Where(call => !left.Contains(call.Data))
            .GroupBy(static call => call.FilePath, StringComparer.Ordinal)
            .OrderBy(static file => file.Key, StringComparer.Ordinal))
        {
            var name = new string([.. FileName(file.Key).Select(static character => char.IsLetterOrDigit(character) ? character : '_')]);
            names.TryGetValue(name, out var count);
            names[name] = count + 1;
            files.Add(new InterceptedFile(
                $"Interceptors.{name}{(count == 0 ? "" : "." + (count + 1))}.g.cs",
                new([.. file.OrderBy(static call => call.Start).ThenBy(static call => call.Data, StringComparer.Ordinal)])));
        }

        return files.ToImmutable();
    }

    /// <summary>A path's last part, whatever the machine that it is of.</summary>
    internal static string FileName(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];

    private static void WriteFile(SourceProductionContext context, InterceptedFile file)
        => context.AddSource(file.HintName, SourceText.From(InterceptedFileWriter.Write(file), Encoding.UTF8));
}
