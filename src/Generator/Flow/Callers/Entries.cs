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
internal sealed class Entries
{
    /// <summary>More entries of one method that differ in their arguments alone become one.</summary>
    private const int MaximumAlike = 4;

    /// <summary>Entries of a method beyond these are not followed.</summary>
    private const int Maximum = 64;

    private readonly FlowContext context;
    private readonly Holders holders;
    private readonly CancellationToken token;
    private readonly Dictionary<IMethodSymbol, List<Entry>> found = new(SymbolEqualityComparer.Default);
    private readonly Queue<(IMethodSymbol Method, Entry Entry)> waiting = new();

    private Entries(FlowContext context, CancellationToken token)
    {
        (this.context, this.token) = (context, token);
        holders = context.HoldersOf(token);
    }

    /// <summary>Finds all of a compilation.</summary>
    public static Entries Of(FlowContext context, CancellationToken token)
    {
        var entries = new Entries(context, token);
        var models = AnnotatedClassFinder.Find(context.Compilation, token).ToArray();
        foreach (var model in models)
        {
            entries.AddForward(model);
        }

        entries.Follow();

        // What a container runs, and what is called where nobody sees it, is entered with arguments that nobody knows.
        foreach (var (type, holder) in entries.holders.All)
        {
            entries.AddHeld(type, holder);
        }

        entries.Follow();

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

    /// <summary>The entries that calls lead to: none of a method that no analysed call reaches.</summary>
    public IReadOnlyList<Entry> this[IMethodSymbol method] => found.TryGetValue(method.OriginalDefinition, out var entries) ? entries : [];

    /// <summary>The forward of an annotated class, in its region.</summary>
    private void AddForward(INamedTypeSymbol model)
    {
        var precision = context.PrecisionOf(model);
        if (precision.Kind is ClassKind.Mixed or ClassKind.TrueSixteenBit && ForwardMethods.Of(model) is { } forward)
        {
            var isOwn = SymbolEqualityComparer.Default.Equals(forward.ContainingType.OriginalDefinition, model.OriginalDefinition);
            AddRoot(forward, precision, model, isOwn ? null : model.Name);
        }
    }

    /// <summary>The bodies of a file, as they stand.</summary>
    private void AddBodies(SyntaxTree tree)
    {
        var model = context.Compilation.GetSemanticModel(tree);
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
            var entry = new Entry(scenario, BodyRegion.Inside(precision.Kind, scenario), precision, Receiver: model, Model: model, Path: path);
            if (path is not null)
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

    /// <summary>A held class's forward, where no call of it was seen in a model.</summary>
    private void AddHeld(INamedTypeSymbol type, Holder holder)
    {
        var precision = context.PrecisionOf(holder.Model);
        if (precision.Kind is not (ClassKind.Mixed or ClassKind.TrueSixteenBit) || holder.IsMarked || ForwardMethods.Of(type) is not { } forward
            || this[forward].Any(entry => SymbolEqualityComparer.Default.Equals(entry.Model, holder.Model))
            || context.BodyOf(forward, token) is not { IsReadable: true } body)
        {
            return;
        }

        foreach (var scenario in precision.Scenarios(body.Regions, context.ProjectDtypes))
        {
            Add(forward, new Entry(scenario, BodyRegion.Inside(precision.Kind, scenario), precision, Receiver: type, Model: holder.Model, Path: holder.Path));
        }
    }

    /// <summary>Adds an entry that a call gives.</summary>
    private void Add(IMethodSymbol method, Entry entry)
    {
        method = method.OriginalDefinition;
        if (!entry.Tells)
        {
            return;
        }

        if (!found.TryGetValue(method, out var entries))
        {
            found.Add(method, entries = []);
        }

        if (entries.Contains(entry) || entries.Count >= Maximum)
        {
            return;
        }

        if (entries.Count(entry.IsLike) >= MaximumAlike)
        {
            var joined = entries.Where(entry.IsLike).Aggregate(entry, static (all, one) => all.Or(one));
            if (entries.Contains(joined))
            {
                return;
            }

            entries.RemoveAll(entry.IsLike);
            entry = joined;
        }

        entries.Add(entry);
        waiting.Enqueue((method, entry));
    }

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
            }
        }
    }
}
