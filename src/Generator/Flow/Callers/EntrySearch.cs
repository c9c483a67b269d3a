using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Flow.Analysis;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward;
using Precision.Generator.Modules;

namespace Precision.Generator.Flow.Callers;

/// <summary>
/// Finds how bodies are entered: from the annotated models and from the files that mention 16-bit, along the calls. An entry is analysed
/// once, so that recursion ends.
/// </summary>
internal sealed class EntrySearch
{
    private readonly FlowContext context;
    private readonly Holders holders;
    private readonly CancellationToken token;
    private readonly bool isForPlan;
    private readonly Entries entries;
    private readonly Queue<(IMethodSymbol Method, Entry Entry)> waiting = new();

    private EntrySearch(FlowContext context, bool isForPlan, CancellationToken token)
    {
        (this.context, this.isForPlan, this.token) = (context, isForPlan, token);
        holders = context.Callers.HoldersOf(token);
        entries = new Entries(keepsAll: isForPlan);
    }

    /// <summary>Finds the entries of a compilation.</summary>
    public static Entries Of(FlowContext context, CancellationToken token)
    {
        var search = new EntrySearch(context, isForPlan: false, token);
        if (context.Assumed is { Type: var assumed })
        {
            search.AddHeld(assumed, assumed, path: null);
        }
        else
        {
            foreach (var model in AnnotatedClassFinder.Find(context.Compilation, token))
            {
                search.AddForward(model);
            }
        }

        search.Follow();
        search.FollowHeld(static _ => true);
        if (context.Assumed is null)
        {
            search.FollowBodies();
        }

        return search.entries;
    }

    /// <summary>Finds how one model, whose own floating inputs are float32, enters what it runs: also where nothing is 16-bit. For the plan.</summary>
    public static Entries Of(INamedTypeSymbol model, FlowContext context, CancellationToken token)
    {
        var search = new EntrySearch(context, isForPlan: true, token);
        search.AddForward(model);
        search.Follow();
        search.FollowHeld(holder => SymbolEqualityComparer.Default.Equals(holder.Model, model));
        return search.entries;
    }

    /// <summary>The forward of an annotated class, in its region.</summary>
    private void AddForward(INamedTypeSymbol model)
    {
        var precision = context.PrecisionOf(model);
        if ((isForPlan || precision.Kind is ClassKind.Mixed or ClassKind.TrueSixteenBit) && ForwardMethods.Of(model) is { } forward)
        {
            var isOwn = SymbolEqualityComparer.Default.Equals(forward.ContainingType.OriginalDefinition, model.OriginalDefinition);
            AddRoot(forward, precision, model, isOwn ? null : model.Name);
        }
    }

    /// <summary>
    /// Follows the bodies in files that mention 16-bit as if nobody called them. Bodies that models run are left out: they are judged as the
    /// models run them.
    /// </summary>
    private void FollowBodies()
    {
        foreach (var tree in context.Compilation.SyntaxTrees.Where(tree => SixteenBitMentions.Contains(tree, token)))
        {
            var model = context.ModelOf(tree);
            foreach (var declaration in tree.GetRoot(token).DescendantNodes())
            {
                if (declaration is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or CompilationUnitSyntax
                    && model.GetDeclaredSymbol(declaration, token) is IMethodSymbol method
                    && context.PrecisionOf(method.ContainingType).Kind is ClassKind.Plain
                    && entries[method].Count == 0)
                {
                    AddRoot(method, PrecisionOfClass.Plain, model: null, path: null);
                }
            }
        }

        Follow();
    }

    private void AddRoot(IMethodSymbol method, PrecisionOfClass precision, INamedTypeSymbol? model, string? path)
    {
        if (context.BodyOf(method, token) is not { IsReadable: true } body)
        {
            return;
        }

        foreach (var scenario in precision.Scenarios(body.Regions, context.ProjectDtypes))
        {
            // A class that derives from the model may override what it calls.
            var receiver = path is not null || model is { IsSealed: true } ? model : null;
            var entry = new Entry(scenario, BodyRegion.Inside(precision.Kind, scenario), precision, Receiver: receiver, Model: model, Path: path);
            if (isForPlan)
            {
                Add(method, precision.Kind is ClassKind.TrueSixteenBit ? entry : entry with { Arguments = Float32Inputs(method) });
            }
            else if (path is not null)
            {
                Add(method, entry);
            }
            else
            {
                // The flow of the body begins with this entry anyway.
                waiting.Enqueue((method, entry));
            }
        }
    }

    /// <summary>The inputs of a model that is called in float32. Some may be indices or flags instead.</summary>
    private ImmutableArray<FlowValue?> Float32Inputs(IMethodSymbol forward)
        => [.. forward.Parameters.Select(parameter => Inputs.OfType(
            parameter.Type,
            new TensorDtype(context.MayBeIndex(parameter, token) ? Dtypes.Float32 | Dtypes.Integral : Dtypes.Float32)))];

    /// <summary>Enters what containers run, and what is called out of sight, with unknown arguments.</summary>
    private void FollowHeld(Func<Holder, bool> isWanted)
    {
        foreach (var (type, holder) in holders.All)
        {
            if (!holder.IsMarked && isWanted(holder))
            {
                AddHeld(type, holder.Model, holder.Path);
            }
        }

        Follow();
    }

    /// <summary>A held class's forward, where no call of it was seen in a model.</summary>
    private void AddHeld(INamedTypeSymbol type, INamedTypeSymbol model, string? path)
    {
        var precision = context.PrecisionOfModel(model);
        if (precision.Kind is not (ClassKind.Mixed or ClassKind.TrueSixteenBit) || ForwardMethods.Of(type) is not { } forward
            || entries[forward].Any(entry => SymbolEqualityComparer.Default.Equals(entry.Model, model))
            || context.BodyOf(forward, token) is not { IsReadable: true } body)
        {
            return;
        }

        foreach (var scenario in precision.Scenarios(body.Regions, context.ProjectDtypes))
        {
            var region = BodyRegion.Inside(precision.Kind, scenario);
            Add(forward, new Entry(scenario, region, precision, Given(type, forward, scenario), type, model, path));
        }
    }

    /// <summary>
    /// What a model of another assembly hands to a module: where it computes in true 16-bit, what every layer there gives. Of others
    /// nobody knows.
    /// </summary>
    private ImmutableArray<FlowValue?> Given(INamedTypeSymbol type, IMethodSymbol forward, Scenario scenario)
        => context.Assumed is { Precision.Kind: ClassKind.TrueSixteenBit, Type: var assumed }
            && SymbolEqualityComparer.Default.Equals(type, assumed)
                ? [.. forward.Parameters.Select(given => Inputs.OfTrueSixteenBit(given, scenario, context, token))]
                : default;

    private void Add(IMethodSymbol method, Entry entry)
    {
        if (entries.Add(method, ref entry))
        {
            waiting.Enqueue((method, entry));
        }
    }

    private void Follow()
    {
        while (waiting.Count > 0)
        {
            token.ThrowIfCancellationRequested();
            var (method, entry) = waiting.Dequeue();
            if ((context.Summaries.Find(new SummaryKey(method, entry), depth: 0) ?? Analyse(method, entry)) is { } summary)
            {
                foreach (var call in summary.Calls)
                {
                    // What is the same on all devices was found on another one, perhaps.
                    Add(call.Method, call.Entry.On(entry.Scenario.Devices));
                }

                entries.NoteAnalysed(method, entry);
            }
        }
    }

    private Summary? Analyse(IMethodSymbol method, Entry entry)
    {
        if (context.BodyOf(method, token) is not { IsReadable: true } body)
        {
            return null;
        }

        var analysis = new FlowAnalysis(context, new FlowRun(body, method, entry), token);
        analysis.Run(entry.State(method, body.Variables, context, token));
        context.Keep(new SummaryKey(method, entry), depth: 0, analysis.Summary);
        return analysis.Summary;
    }
}
