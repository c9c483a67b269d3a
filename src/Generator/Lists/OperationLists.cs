using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Lists;

/// <summary>
/// The operations that the user puts into float32 or lower precision, beside autocast's own lists: by <c>[ComputesIn]</c> and by options.
/// Interceptors, flow, plan and rules read it. The method that a call names counts, with the methods that it overrides.
/// </summary>
internal sealed class OperationLists
{
    private static readonly ConditionalWeakTable<Compilation, OperationLists> ByCompilation = new();

    private readonly AnalyzerConfigOptionsProvider? options;
    private readonly MarkedNames marked;
    private readonly ConfiguredList project;

    /// <summary>The files that have other lists than the project has.</summary>
    private readonly Dictionary<SyntaxTree, ConfiguredList> files = [];
    private readonly HashSet<string> configured;

    private OperationLists(Compilation compilation, AnalyzerConfigOptionsProvider? options, CancellationToken token)
    {
        this.options = options;
        marked = MarkedNames.Of(compilation, token);
        project = options is null ? ConfiguredList.Empty : ConfiguredList.Of(options.GlobalOptions, options.GlobalOptions);
        foreach (var tree in options is null ? [] : compilation.SyntaxTrees)
        {
            if (ConfiguredList.Of(options!.GetOptions(tree), options.GlobalOptions) is var own && !own.Equals(project))
            {
                files.Add(tree, own);
            }
        }

        Configured = [.. files.Values.Append(project).Distinct()];
        configured = new(Configured.SelectMany(static list => list.Entries).Select(static entry => entry.Name.Last), StringComparer.Ordinal);
    }

    /// <summary>All that options say, in the project or for some of its files.</summary>
    public ImmutableArray<ConfiguredList> Configured { get; }

    /// <summary>Whether nothing is listed.</summary>
    public bool IsEmpty => marked.Methods.IsEmpty && !marked.HasClasses && configured.Count == 0;

    /// <summary>The lists of a compilation. Asked again, it costs a look-up.</summary>
    public static OperationLists Of(Compilation compilation, AnalyzerConfigOptionsProvider? options, CancellationToken token)
    {
        if (ByCompilation.TryGetValue(compilation, out var known) && ReferenceEquals(known.options, options))
        {
            return known;
        }

        var lists = new OperationLists(compilation, options, token);
        lock (ByCompilation)
        {
            ByCompilation.Remove(compilation);
            ByCompilation.Add(compilation, lists);
        }

        return lists;
    }

    /// <summary>What options say to one file.</summary>
    public ConfiguredList OfFile(SyntaxTree tree) => files.TryGetValue(tree, out var own) ? own : project;

    /// <summary>Whether a method of some name may be listed. Modules are listed by their classes.</summary>
    public bool MayHave(string name) => marked.Methods.Contains(name) || configured.Contains(name);

    /// <summary>The names of the methods that may be listed, as one text: equal texts stand for equal names.</summary>
    public string Names => string.Join(",", marked.Methods.Concat(configured).Distinct().OrderBy(static name => name, StringComparer.Ordinal));

    /// <summary>What is said of a method, or of the module that <c>call</c> and <c>forward</c> run; null where nothing is.</summary>
    /// <param name="method">The method that the call names.</param>
    /// <param name="receiver">The receiver's type.</param>
    /// <param name="tree">The file that the call stands in.</param>
    public ListedMember? Find(IMethodSymbol method, ITypeSymbol? receiver, SyntaxTree tree)
    {
        if (IsEmpty)
        {
            return null;
        }

        if (IsModuleCall(method))
        {
            return FindModule(receiver as INamedTypeSymbol ?? method.ContainingType, tree);
        }

        if (!MayHave(method.Name))
        {
            return null;
        }

        for (var current = method.OriginalDefinition; current is not null; current = current.OverriddenMethod?.OriginalDefinition)
        {
            if ((OfAttribute(current) ?? OfFile(tree).Find(current)) is { } member)
            {
                return member;
            }
        }

        return null;
    }

    /// <summary>What is said of a method of this compilation where it is declared; null where nothing is.</summary>
    public ListedMember? FindDeclared(IMethodSymbol method)
        => IsEmpty || method.DeclaringSyntaxReferences is not [{ SyntaxTree: var tree }, ..] ? null : Find(method, method.ContainingType, tree);

    /// <summary>What is said of a module's class, or of one that it derives from; null where nothing is.</summary>
    public ListedMember? FindModule(INamedTypeSymbol? module, SyntaxTree tree)
    {
        if (!marked.HasClasses && configured.Count == 0)
        {
            return null;
        }

        for (var type = module; type is not null && !type.IsGenericModule(); type = type.BaseType)
        {
            if ((OfAttribute(type.OriginalDefinition) ?? OfFile(tree).Find(type.OriginalDefinition)) is { } member)
            {
                return member;
            }
        }

        return null;
    }

    /// <summary>What options say of a property, constructor or operator, whose uses nothing can replace.</summary>
    public ListedMember? FindOther(ISymbol? symbol, SyntaxTree tree)
        => symbol is not null && (configured.Contains(symbol.Name) || configured.Contains(symbol.ContainingType?.Name ?? "")) ? OfFile(tree).Find(symbol.OriginalDefinition) : null;

    /// <summary>Whether a method runs a module's forward.</summary>
    public static bool IsModuleCall(IMethodSymbol method)
        => method.Name is OperationTable.Call or OperationTable.Forward && method.IsOfModule();

    /// <summary>What the attribute on a class or method says; null where there is none, or one that says nothing usable.</summary>
    public static ListedMember? OfAttribute(ISymbol symbol) => symbol.FindComputesIn()?.ConstructorArguments is [{ Value: int dtype }]
        ? (Dtype)dtype switch
        {
            Dtype.Float32 => new(ListedDtype.Float32, "[ComputesIn(Float32)]", IsAttribute: true),
            Dtype.Auto => new(ListedDtype.LowerPrecision, "[ComputesIn(Auto)]", IsAttribute: true),
            _ => null,
        }
        : null;
}
