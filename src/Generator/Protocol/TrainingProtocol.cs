using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>
/// Checks the order of the calls in training loops. A body is analysed when one of the calls in it that matters is visited, and once.
/// </summary>
internal sealed class TrainingProtocol(Compilation compilation)
{
    private readonly ConcurrentDictionary<SyntaxNode, ImmutableArray<Misuse>> found = new();
    private readonly ConcurrentDictionary<SyntaxNode, Code> codes = new();
    private readonly ConcurrentDictionary<SyntaxNode, IInvocationOperation[]> conversions = new();
    private readonly ConcurrentDictionary<SyntaxTree, bool> mentions = new();
    private readonly ConcurrentDictionary<IMethodSymbol, bool> relevant = new(SymbolEqualityComparer.Default);

    /// <summary>The bodies that this thread is analysing.</summary>
    private readonly ThreadLocal<HashSet<Code>> underway = new(static () => []);

    private readonly Lazy<bool> usesLibrary = new(() => UsesLibrary(compilation));
    private readonly Lazy<bool> mentionsDevice = new(() => MentionsDevice(compilation));

    /// <summary>What is to be reported when a call is visited.</summary>
    public IEnumerable<Misuse> At(IOperation call, CancellationToken token)
    {
        if (!usesLibrary.Value && !ConvertsAfter(call))
        {
            return [];
        }

        var root = call.Root();
        return (found.TryGetValue(root.Syntax, out var known) ? known : Of(CodeOf(root, token), token)).Where(misuse
            => misuse.Trigger == call.Syntax);
    }

    /// <summary>
    /// Whether a file of the compilation can make anything 16-bit or scale a loss, or an assembly may have models that do. Float32 code has to be fast.
    /// </summary>
    private static bool UsesLibrary(Compilation compilation)
        => compilation.SyntaxTrees.Any(static tree => SixteenBitMentions.Contains(tree, default) || MentionsLibrary(tree.GetText().ToString()))
            || compilation.SourceModule.ReferencedAssemblySymbols.Any(static assembly
                => assembly.Name != Library
                    && assembly.Modules.Any(static module => module.ReferencedAssemblies.Any(static other => other.Name == Library)));

    /// <summary>Whether a file may put anything on a device that is no CPU. Generated forwards name devices everywhere.</summary>
    private static bool MentionsDevice(Compilation compilation) => compilation.SyntaxTrees.Any(static tree
        => !tree.FilePath.EndsWith(".g.cs", StringComparison.Ordinal)
            && DeviceReads.NameDevice(tree.GetText().ToString()));

    /// <summary>Whether a method of a name is called in a loop, by the text alone.</summary>
    private bool IsRepeated(string method) => compilation.SyntaxTrees.Any(tree
        => tree.GetText().ToString().IndexOf(method, StringComparison.Ordinal) >= 0
            && tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call
                => call.Expression.GetLastToken().ValueText == method && Loops.Around(call) is not null));

    private static bool MentionsLibrary(string text) => LibraryNames.Any(name => text.IndexOf(name, StringComparison.Ordinal) >= 0);

    /// <summary>
    /// Whether an optimizer is made beside a conversion of a model that comes after it or is to 16-bit: of plain code all that can be
    /// wrong.
    /// </summary>
    private bool ConvertsAfter(IOperation call)
        => (call is IObjectCreationOperation
            || (call is IInvocationOperation { TargetMethod: var made } && TrainingMembers.Of(made) is TrainingMember.CreateOptimizer))
            && ConversionsIn(call.Root()).Any(conversion => conversion.Syntax.SpanStart > call.Syntax.SpanStart
                || TrainingMembers.DtypeOf(conversion) is nameof(Dtype.Float16) or nameof(Dtype.BFloat16)
                || Loops.Around(conversion.Syntax) is not null);

    /// <summary>The conversions of models in a body.</summary>
    private IInvocationOperation[] ConversionsIn(IOperation root) => conversions.GetOrAdd(root.Syntax, _ =>
    [
        .. root.Descendants().OfType<IInvocationOperation>()
            .Where(static call => TrainingMembers.Of(call.TargetMethod) is TrainingMember.Convert),
    ]);

    private const string Library = "Precision";

    /// <summary>Parts of the names of all that the protocol knows of the library.</summary>
    private static readonly string[] LibraryNames = ["MixedPrecision", "GradScaler", "MasterWeights"];

    private ImmutableArray<Misuse> Of(Code code, CancellationToken token)
    {
        if (found.TryGetValue(code.Root.Syntax, out var known))
        {
            return known;
        }

        // Methods that call each other: what the outer one says is not known yet.
        if (!underway.Value.Add(code))
        {
            return [];
        }

        try
        {
            return found.GetOrAdd(code.Root.Syntax, Analyze(code, token));
        }
        finally
        {
            underway.Value.Remove(code);
        }
    }

    private ImmutableArray<Misuse> Analyze(Code code, CancellationToken token)
    {
        if (!code.IsReadable)
        {
            return [];
        }

        var reports = new Reports(code, (helper, kind) => Of(helper, token).Any(misuse => misuse.Kind == kind));
        Code? Helper(IMethodSymbol method) => IsRelevant(method, 0, token) ? CodeOf(method, token) : null;
        var effects = new Effects(reports, new TensorValues(method => CodeOf(method, token)), new MicroBatches(reports, Helper));
        var entries = new IMethodSymbol?[] { null }
            .Concat(code.Lambdas.Select(static lambda => lambda.Symbol))
            .Concat(code.LocalFunctions.Select(static function => function.Symbol));
        var isComplete = true;
        foreach (var entry in entries)
        {
            if (entry is null || code.GraphOf(entry) is not null)
            {
                var walk = new Walk(effects, Helper, token);
                walk.Run(new Frame(code, entry, caller: null, call: null, History.Unknown));
                isComplete &= !walk.IsGivenUp;
            }
        }

        foreach (var reads in new DeviceWaits(code, method => CodeOf(method, token), IsRepeated).Find())
        {
            if (mentionsDevice.Value)
            {
                reports.AddWait(reads);
            }
        }

        return isComplete ? [.. reports.Found] : [];
    }

    private Code CodeOf(IOperation root, CancellationToken token)
        => codes.GetOrAdd(root.Syntax, _ => new Code(Body.Of(root, token), compilation.Assembly));

    /// <summary>The body of a method of the compilation; null where it has none here.</summary>
    private Code? CodeOf(IMethodSymbol method, CancellationToken token)
    {
        if ((method.PartialImplementationPart ?? method).DeclaringSyntaxReferences is not [var reference] || !compilation.Declares(method))
        {
            return null;
        }

        var declaration = reference.GetSyntax(token);
        return codes.TryGetValue(declaration, out var known) ? known
            : compilation.GetSemanticModel(declaration.SyntaxTree).GetOperation(declaration, token) is { Parent: null } root
                ? CodeOf(root, token) : null;
    }

    /// <summary>Whether a helper does what the protocol is about, by itself or through others.</summary>
    private bool IsRelevant(IMethodSymbol method, int depth, CancellationToken token)
    {
        const int maximumDepth = 4;
        if (relevant.TryGetValue(method, out var known))
        {
            return known;
        }

        if (depth == maximumDepth || method.DeclaringSyntaxReferences is not [var reference] || !MayMatter(reference.SyntaxTree, token)
            || CodeOf(method, token) is not { } code)
        {
            return false;
        }

        return relevant.GetOrAdd(method, code.IsRelevant
            || code.Helpers.Any(helper => IsRelevant(helper.TargetMethod.OriginalDefinition, depth + 1, token)));
    }

    /// <summary>Whether a file calls anything, by its text, that training loops are made of: most helpers need not be bound.</summary>
    private bool MayMatter(SyntaxTree tree, CancellationToken token) => mentions.GetOrAdd(tree, _ =>
    {
        var text = tree.GetText(token).ToString();
        return Names.Any(name => text.IndexOf(name, StringComparison.Ordinal) >= 0);
    });

    private static readonly string[] Names = ["ackward(", "step(", "Step(", "unscale_(", "update(", "zero_grad(", "clip_grad_"];
}
