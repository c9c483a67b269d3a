using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Functions;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Regions;

/// <summary>PRC3005: a custom autograd function whose forward runs in a region, and whose backward does not know of it.</summary>
internal static class FunctionIsNotMarked
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.FunctionIsNotMarked,
        title: "Autograd function in a region is not marked",
        messageFormat: "'{0}' is applied in an autocast region{1}, and its backward runs '{2}' outside of it: mark it [MixedPrecisionFunction] and write ForwardCore and BackwardCore",
        RuleCategories.Regions,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The backward of a custom function runs after the region is left, on a GPU on another thread. Products there get 16-bit gradients and float32 weights and end the process, and what autocast computes in float32 is 16-bit.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.FunctionIsNotMarked));

    /// <summary>Looks at the functions that a file declares.</summary>
    public static IEnumerable<Diagnostic> Find(FlowContext flows, SyntaxTree tree, CancellationToken token)
    {
        var declarations = tree.GetRoot(token)
            .DescendantNodes(static node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or TypeDeclarationSyntax)
            .OfType<ClassDeclarationSyntax>()
            .Where(static declaration => declaration.BaseList is not null || declaration.Modifiers.Any(SyntaxKind.PartialKeyword));
        foreach (var declaration in declarations)
        {
            if (flows.ModelOf(tree).GetDeclaredSymbol(declaration, token) is INamedTypeSymbol type && Find(type, declaration, flows, token) is { } diagnostic)
            {
                yield return diagnostic;
            }
        }
    }

    private static Diagnostic? Find(INamedTypeSymbol type, ClassDeclarationSyntax declaration, FlowContext flows, CancellationToken token)
    {
        if (AutogradFunctions.BaseOf(type) is null
            || FunctionAnalysis.IsMarked(type)
            || FunctionAnalysis.Written(type, OperationTable.Forward) is not { } forward
            || FunctionAnalysis.Written(type, AutogradFunctions.Backward) is not { } backward
            || !SymbolEqualityComparer.Default.Equals(backward.ContainingType, type)
            || !backward.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax(token).Parent == declaration)
            || Affected(backward, flows, token) is not { } operation)
        {
            return null;
        }

        // A forward of a base is that of other functions too.
        var entries = flows.Callers.EntriesOf(forward, token)
            .Where(entry => entry.Region.MayBe is not Dtypes.None && SymbolEqualityComparer.Default.Equals(entry.Receiver?.OriginalDefinition, type))
            .ToArray();
        return entries.Length == 0 ? null : Diagnostic.Create(
            Rule,
            declaration.Identifier.GetLocation(),
            entries.Any(static entry => entry.Region.Kind is RegionKind.Autocast) ? Rule.DefaultSeverity : DiagnosticSeverity.Info,
            additionalLocations: null,
            properties: null,
            type.Name,
            Where(entries),
            operation);
    }

    /// <summary>For the message: the model that applies it.</summary>
    private static string Where(IEnumerable<Entry> entries)
        => entries.Select(static entry => entry.Path ?? entry.Model?.Name).OfType<string>().OrderBy(static path => path, StringComparer.Ordinal)
            .FirstOrDefault() is { } path ? $" of {path}" : "";

    /// <summary>
    /// An operation of a backward that autocast changes; null where there is none, and the region makes no difference. Helper methods
    /// in source are looked into.
    /// </summary>
    private static string? Affected(IMethodSymbol backward, FlowContext flows, CancellationToken token)
    {
        var (seen, waiting) = (new HashSet<ISymbol>(SymbolEqualityComparer.Default) { backward }, new Queue<IMethodSymbol>());
        waiting.Enqueue(backward);
        while (waiting.Count > 0)
        {
            var method = waiting.Dequeue();
            foreach (var reference in method.DeclaringSyntaxReferences)
            {
                if (!flows.Compilation.ContainsSyntaxTree(reference.SyntaxTree)
                    || flows.ModelOf(reference.SyntaxTree).GetOperation(reference.GetSyntax(token), token) is not { } root)
                {
                    continue;
                }

                foreach (var (called, receiver) in root.Descendants().Select(Called))
                {
                    if (called is null)
                    {
                        continue;
                    }

                    if (OperationTable.Find(called, receiver) is { } row && IsAffected(row))
                    {
                        return row.Name;
                    }

                    if (!called.DeclaringSyntaxReferences.IsEmpty && seen.Add(called.OriginalDefinition))
                    {
                        waiting.Enqueue(called.OriginalDefinition);
                    }
                }
            }
        }

        return null;
    }

    private static (IMethodSymbol? Method, ITypeSymbol? Receiver) Called(IOperation operation) => operation switch
    {
        IInvocationOperation call => (call.TargetMethod, call.Instance?.WithoutConversions().Type),
        IBinaryOperation binary => (binary.OperatorMethod, null),
        IUnaryOperation unary => (unary.OperatorMethod, null),
        ICompoundAssignmentOperation assignment => (assignment.OperatorMethod, null),
        IMethodReferenceOperation reference => (reference.Method, reference.Instance?.Type),
        _ => default,
    };

    /// <summary>What a CPU's autocast only promotes (cat, stack) libtorch promotes without it too.</summary>
    private static bool IsAffected(Operation row)
        => row.Cuda is not AutocastPolicy.Unlisted || row.Cpu is not (AutocastPolicy.Unlisted or AutocastPolicy.Promote);
}
