using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Interception;

namespace Precision.Generator.Flow;

/// <summary>What analyses of one compilation have in common, and what they know already.</summary>
internal sealed class FlowContext
{
    private const string ProjectDtypesProperty = "build_property.PrecisionDtypes";

    private readonly ConditionalWeakTable<SyntaxNode, DtypeFlow> flows = new();
    private readonly ConcurrentDictionary<SyntaxTree, bool> mentions = new();
    private readonly ConcurrentDictionary<INamedTypeSymbol, IReadOnlyDictionary<ISymbol, FlowValue?>> members = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, bool> assigned = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<SummaryKey, FlowValue?> summaries = new();

    /// <summary>The classes whose members this thread is finding out.</summary>
    private readonly ThreadLocal<HashSet<INamedTypeSymbol>> underway = new(static () => new(SymbolEqualityComparer.Default));

    public FlowContext(Compilation compilation, AnalyzerConfigOptionsProvider options)
    {
        Compilation = compilation;
        ProjectDtypes = ReadProjectDtypes(options);
        AreCallsIntercepted = compilation.SyntaxTrees.FirstOrDefault() is { } tree && InterceptionGenerator.IsAllowed(tree.Options);
    }

    /// <summary>The compilation.</summary>
    public Compilation Compilation { get; }

    /// <summary>The 16-bit dtypes of the MSBuild property <c>PrecisionDtypes</c>: what models may be told to run in at run time.</summary>
    public Dtypes ProjectDtypes { get; }

    /// <summary>Whether a build replaces the calls that TorchSharp pins to their input's dtype.</summary>
    public bool AreCallsIntercepted { get; }

    /// <summary>What a call of one of the compilation's own methods gives.</summary>
    public FlowValue? Summarise(SummaryKey key, Func<FlowValue?> analyse)
    {
        if (!summaries.TryGetValue(key, out var value))
        {
            value = analyse();
            if (underway.Value.Count == 0)
            {
                summaries.TryAdd(key, value);
            }
        }

        return value;
    }

    /// <summary>What initialisers and constructors assign to the members of a class.</summary>
    /// <remarks>
    /// Constructors read members too: of those that are being found out nothing is known. What is found on the way knows less than
    /// it could, and is not kept, so that what is kept does not depend on who asked first.
    /// </remarks>
    public IReadOnlyDictionary<ISymbol, FlowValue?> MembersOf(INamedTypeSymbol type, CancellationToken token)
    {
        var definition = type.OriginalDefinition;
        if (members.TryGetValue(definition, out var known))
        {
            return known;
        }

        if (!underway.Value.Add(definition))
        {
            return InitialMembers.None;
        }

        try
        {
            known = InitialMembers.Of(definition, this, token);
        }
        finally
        {
            underway.Value.Remove(definition);
        }

        if (underway.Value.Count == 0)
        {
            members.TryAdd(definition, known);
        }

        return known;
    }

    /// <summary>Whether a field is assigned elsewhere than in its initialiser and constructors, as far as its class shows.</summary>
    public bool IsAssignedOutsideConstructors(IFieldSymbol field, CancellationToken token)
        => assigned.GetOrAdd(field, _ => InitialMembers.IsAssignedLater(field, token));

    /// <summary>The flow of the body that an operation stands in; null where nothing in reach of it mentions 16-bit.</summary>
    public DtypeFlow? FlowAround(IOperation operation, ISymbol owner, CancellationToken token)
    {
        if (!Mentions16Bit(operation.Syntax.SyntaxTree, token) && PrecisionOfClass.Of(owner.ContainingType).Kind is ClassKind.Plain)
        {
            return null;
        }

        var root = operation;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        if (!flows.TryGetValue(root.Syntax, out var flow))
        {
            // Another thread may do the same work; all get what the first of them stored.
            var created = DtypeFlow.Analyze(root, owner, this, token);
            flow = flows.GetValue(root.Syntax, _ => created);
        }

        return flow;
    }

    /// <summary>
    /// Whether a file says anything that can make a value 16-bit. Most files do not, and their bodies need no analysis: what
    /// other files hand to them is unknown there.
    /// </summary>
    private bool Mentions16Bit(SyntaxTree tree, CancellationToken token)
    {
        if (!mentions.TryGetValue(tree, out var mention))
        {
            mention = Mentions16Bit(tree.GetText(token).ToString());
            mentions.TryAdd(tree, mention);
        }

        return mention;
    }

    private static bool Mentions16Bit(string text)
    {
        const string half = nameof(half);
        if (text.IndexOf("float16", StringComparison.OrdinalIgnoreCase) >= 0 || text.IndexOf("Autocast", StringComparison.Ordinal) >= 0)
        {
            return true;
        }

        // Half of something is a common variable, which says nothing of dtypes: then only x.half() does.
        var isVariable = text.IndexOf("half =", StringComparison.Ordinal) >= 0;
        for (var at = text.IndexOf(half, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(half, at + half.Length, StringComparison.OrdinalIgnoreCase))
        {
            var before = at == 0 ? ' ' : text[at - 1];
            var after = at + half.Length == text.Length ? ' ' : text[at + half.Length];
            if (!IsPartOfName(before) && !IsPartOfName(after) && (before == '.' || text[at] == 'H' || !isVariable))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPartOfName(char character) => character == '_' || char.IsLetterOrDigit(character);

    private static Dtypes ReadProjectDtypes(AnalyzerConfigOptionsProvider options)
    {
        var dtypes = Dtypes.None;
        if (options.GlobalOptions.TryGetValue(ProjectDtypesProperty, out var value))
        {
            foreach (var name in value.Split(','))
            {
                dtypes |= Enum.TryParse<Dtype>(name.Trim(), ignoreCase: true, out var dtype) ? dtype.ToDtypes() & Dtypes.SixteenBit : Dtypes.None;
            }
        }

        return dtypes;
    }
}
