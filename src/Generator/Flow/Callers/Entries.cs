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
/// How the bodies of one compilation are entered: found once, from the annotated models and from the files that mention 16-bit, along
/// the calls. An entry is analysed once, so that recursion ends.
/// </summary>
/// <remarks>Those of one model are for the plan, which asks for float32 too.</remarks>
internal sealed class Entries
{
    /// <summary>More entries of one method that differ in their arguments alone become one.</summary>
    private const int MaximumAlike = 4;

    /// <summary>Entries of a method beyond these are not followed.</summary>
    private const int Maximum = 64;

    private readonly FlowContext context;
    private readonly Holders holders;
    private readonly CancellationToken token;
    private readonly bool keepsAll;
    private readonly Dictionary<IMethodSymbol, List<Entry>> found = new(SymbolEqualityComparer.Default);
    private readonly Queue<(IMethodSymbol Method, Entry Entry)> waiting = new();
    private readonly Dictionary<IMethodSymbol, List<Entry>> analysed = new(SymbolEqualityComparer.Default);

    private Entries(FlowContext context, bool keepsAll, CancellationToken token)
    {
        (this.context, this.keepsAll, this.token) = (context, keepsAll, token);
        holders = context.HoldersOf(token);
    }

    /// <summary>Finds all of a compilation.</summary>
    public static Entries Of(FlowContext context, CancellationToken token) => WithStored(context, () => OfAll(context, token), token);

    private static Entries OfAll(FlowContext context, CancellationToken token)
    {
        var entries = new Entries(context, keepsAll: false, token);
        if (context.Assumed is { Type: var assumed })
        {
            entries.AddHeld(assumed, assumed, path: null);
            entries.Follow();
            entries.AddAllHeld();
            return entries;
        }

        foreach (var model in AnnotatedClassFinder.Find(context.Compilation, token))
        {
            entries.AddForward(model);
        }

        entries.Follow();
        entries.AddAllHeld();

        // What models run is judged as they run it; the others hand on what they cast themselves.
        foreach (var tree in context.Compilation.SyntaxTrees)
        {
            if (context.Mentions16Bit(tree, token))
            {
                entries.AddBodies(tree);
            }
        }

        entries.Follow();
        return entries;
    }

    /// <summary>
    /// Finds how one model, whose own floating inputs are float32, enters what it runs: also where nothing is 16-bit.
    /// </summary>
    public static Entries Of(INamedTypeSymbol model, FlowContext context, CancellationToken token)
        => WithStored(context, () => OfModel(model, context, token), token);

    /// <summary>Finds entries, and once more where they tell what fields hold.</summary>
    private static Entries WithStored(FlowContext context, Func<Entries> find, CancellationToken token)
    {
        context.Stored = new StoredTensors();
        context.ForgetSummaries();
        var entries = find();
        return context.Stored.Complete(entries, context, token) ? find() : entries;
    }

    private static Entries OfModel(INamedTypeSymbol model, FlowContext context, CancellationToken token)
    {
        var entries = new Entries(context, keepsAll: true, token);
        entries.AddForward(model);
        entries.Follow();
        foreach (var (type, holder) in entries.holders.All)
        {
            if (!holder.IsMarked && SymbolEqualityComparer.Default.Equals(holder.Model, model))
            {
                entries.AddHeld(type, holder.Model, holder.Path);
            }
        }

        entries.Follow();
        return entries;
    }

    /// <summary>Every entry of a method: also those that tell nothing, and those of models' own forwards.</summary>
    public IEnumerable<Entry> AllOf(IMethodSymbol method)
        => (found.TryGetValue(method, out var entries) ? entries : []).Union(analysed.TryGetValue(method, out var own) ? own : []);

    /// <summary>Whether the calls in a method are among those that entries come from.</summary>
    public bool HasAnalysed(IMethodSymbol method) => analysed.ContainsKey(method.OriginalDefinition);

    /// <summary>The methods that calls reach.</summary>
    public IEnumerable<IMethodSymbol> Methods => found.Keys;

    /// <summary>The entries that calls lead to: none of a method that nothing of 16-bit reaches.</summary>
    public IReadOnlyList<Entry> this[IMethodSymbol method]
        => found.TryGetValue(method.OriginalDefinition, out var entries) && (keepsAll || entries.Exists(IsKnown)) ? entries : [];

    /// <summary>The forward of an annotated class, in its region.</summary>
    private void AddForward(INamedTypeSymbol model)
    {
        var precision = context.PrecisionOf(model);
        if ((keepsAll || precision.Kind is ClassKind.Mixed or ClassKind.TrueSixteenBit) && ForwardMethods.Of(model) is { } forward)
        {
            var isOwn = SymbolEqualityComparer.Default.Equals(forward.ContainingType.OriginalDefinition, model.OriginalDefinition);
            AddRoot(forward, precision, model, isOwn ? null : model.Name);
        }
    }

    /// <summary>The bodies of a file, as they stand.</summary>
    private void AddBodies(SyntaxTree tree)
    {
        var model = context.ModelOf(tree);
        foreach (var declaration in tree.GetRoot(token).DescendantNodes())
        {
            if (declaration is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or CompilationUnitSyntax
                && model.GetDeclaredSymbol(declaration, token) is IMethodSymbol method
                && context.PrecisionOf(method.ContainingType).Kind is ClassKind.Plain
                && this[method].Count == 0)
            {
                AddRoot(method, PrecisionOfClass.Plain, model: null, path: null);
            }
        }
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
            if (keepsAll)
            {
                Add(method, precision.Kind is ClassKind.TrueSixteenBit ? entry : entry with { Arguments = Float32Inputs(method) });
            }
            else if (path is not null)
            {
                Add(method, entry);
            }
            else
            {
                // Its own flow begins so without being told.
                waiting.Enqueue((method, entry));
            }
        }
    }

    /// <summary>The inputs of a model that is called in float32. Some may be indices or flags instead.</summary>
    private ImmutableArray<FlowValue?> Float32Inputs(IMethodSymbol forward)
        => [.. forward.Parameters.Select(parameter => Inputs.OfType(
            parameter.Type,
            new TensorDtype(context.MayBeIndex(parameter, token) ? Dtypes.Float32 | Dtypes.Integral : Dtypes.Float32)))];

    /// <summary>What a container runs, and what is called where nobody sees it, is entered with arguments that nobody knows.</summary>
    private void AddAllHeld()
    {
        foreach (var (type, holder) in holders.All)
        {
            if (!holder.IsMarked)
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
            || this[forward].Any(entry => SymbolEqualityComparer.Default.Equals(entry.Model, model))
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

    /// <summary>Adds an entry that a call gives.</summary>
    private void Add(IMethodSymbol method, Entry entry)
    {
        method = method.OriginalDefinition;
        if (!found.TryGetValue(method, out var entries))
        {
            found.Add(method, entries = []);
        }

        if (entries.Contains(entry) || entries.Count >= Maximum)
        {
            return;
        }

        // What tells nothing would take from the others what they tell.
        var alike = entries.FindAll(other => entry.IsLike(other) && entry.Tells == other.Tells);
        if (alike.Count >= MaximumAlike)
        {
            var joined = alike.Aggregate(entry, static (all, one) => all.Or(one));
            if (entries.Contains(joined))
            {
                return;
            }

            entries.RemoveAll(alike.Contains);
            entry = joined;
        }

        entries.Add(entry);

        // An entry of which nothing is known is kept, since the body runs so too, and leads to nothing new.
        if (keepsAll || IsKnown(entry))
        {
            waiting.Enqueue((method, entry));
        }
    }

    /// <summary>Whether more is known in an entry than the body shows: something is 16-bit, or nothing is though a 16-bit model runs it.</summary>
    private static bool IsKnown(Entry entry) => entry.Tells || entry.Model is not null;

    private void Follow()
    {
        while (waiting.Count > 0)
        {
            token.ThrowIfCancellationRequested();
            var (method, entry) = waiting.Dequeue();
            if (context.BodyOf(method, token) is { IsReadable: true } body)
            {
                var analysis = new FlowAnalysis(context, new FlowRun(body, method, entry, Calls: Add), token);
                analysis.Run(entry.State(method, body.Variables, context, token));
                if (!analysed.TryGetValue(method.OriginalDefinition, out var entries))
                {
                    analysed.Add(method.OriginalDefinition, entries = []);
                }

                entries.Add(entry);
            }
        }
    }
}
