using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward;
using Precision.Generator.Modules;

namespace Precision.Generator.Flow.Callers;

/// <summary>Who runs the bodies of one compilation: which models hold its classes, and how calls enter its methods.</summary>
/// <param name="context">What is known of the compilation.</param>
/// <param name="holders">Which models hold its classes, if that was found before.</param>
internal sealed class ModelCallers(FlowContext context, Holders? holders = null)
{
    private readonly object gate = new();
    private Holders? holders = holders;
    private Entries? entries;
    private StoredTensors? stored;

    /// <summary>The bodies met while entries are being found, since each is entered many times. They are not kept longer.</summary>
    private volatile ConcurrentDictionary<SyntaxNode, Body>? reached;

    /// <summary>The holders, if they were found: another context in which the same is held can use them.</summary>
    public Holders? Found => holders;

    /// <summary>The bodies that are kept while entries are being found; else null.</summary>
    public ConcurrentDictionary<SyntaxNode, Body>? Reached => reached;

    /// <summary>Which annotated models hold its classes.</summary>
    public Holders HoldersOf(CancellationToken token)
    {
        lock (gate)
        {
            return holders ??= Holders.Of(
                context.Compilation,
                context.Holdings,
                context.Assumed is { Type: var type } ? [type] : AnnotatedClassFinder.Find(context.Compilation, token),
                types => context.Prepare(types, token),
                token);
        }
    }

    /// <summary>How models, and bodies that mention 16-bit, enter a method by calls; none where nothing of 16-bit reaches it.</summary>
    public IReadOnlyList<Entry> EntriesOf(IMethodSymbol method, CancellationToken token)
    {
        lock (gate)
        {
            // Finding them asks what arguments calls give, and that must not begin it again.
            return entries is null && reached is not null ? [] : EntriesOf(token)[method];
        }
    }

    /// <summary>All of them.</summary>
    public Entries EntriesOf(CancellationToken token)
    {
        lock (gate)
        {
            return entries ??= Find(() => EntrySearch.Of(context, token), token);
        }
    }

    /// <summary>How one model enters what it runs, for the plan.</summary>
    public Entries EntriesOf(INamedTypeSymbol model, CancellationToken token)
    {
        lock (gate)
        {
            // The calls of all models show which inputs hold indices.
            _ = EntriesOf(token);
            return Find(() => EntrySearch.Of(model, context, token), token);
        }
    }

    /// <summary>What a private field of tensors holds while models run; null where that is not known.</summary>
    public FlowValue? StoredIn(IFieldSymbol field, Scenario scenario) => stored?.Of(field.OriginalDefinition, scenario);

    /// <summary>Whether a member is one of a module that is also made outside of annotated models.</summary>
    public bool RunsElsewhere(ISymbol member, CancellationToken token) => !member.IsStatic && IsMadeElsewhere(member.ContainingType, token);

    /// <summary>Whether a class of modules that models hold is also made outside of them.</summary>
    public bool IsMadeElsewhere(INamedTypeSymbol type, CancellationToken token)
        => context.Assumed is null && context.PrecisionOf(type).Kind is ClassKind.Plain
            && HoldersOf(token) is var all && all[type].Count > 0 && all.IsMadeElsewhere(type);

    /// <summary>Finds entries, and once more where they tell what fields hold.</summary>
    private Entries Find(Func<Entries> find, CancellationToken token)
    {
        reached = new();
        try
        {
            stored = new StoredTensors();
            context.Summaries.Clear();
            var first = find();
            return stored.Complete(first, context, token) ? find() : first;
        }
        finally
        {
            reached = null;
        }
    }
}
