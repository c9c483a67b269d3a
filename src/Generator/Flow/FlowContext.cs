using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Analysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Uses;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward;
using Precision.Generator.Interception;
using Precision.Generator.Lists;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow;

/// <summary>What analyses of one compilation have in common, and what they know already.</summary>
internal sealed class FlowContext
{
    private const string ProjectDtypesProperty = "build_property.PrecisionDtypes";

    private readonly Recent<DtypeFlow> flows = new(count: 1);

    /// <summary>The last member that needed no flow, for each thread: all calls in it ask, one after the other.</summary>
    private readonly ThreadLocal<ISymbol?> unconcerned = new();
    private readonly Recent<Body> bodies;
    private readonly ConcurrentDictionary<INamedTypeSymbol, PrecisionOfClass> precisions = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<INamedTypeSymbol, Helpers> helpers = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<INamedTypeSymbol, IReadOnlyDictionary<ISymbol, FlowValue?>> members = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<INamedTypeSymbol, HashSet<string>> transient = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, bool> assigned = new(SymbolEqualityComparer.Default);

    private readonly Lazy<Numbers> numbers;
    private readonly InputUses inputUses;
    private readonly ConcurrentDictionary<IParameterSymbol, bool> indices = new(SymbolEqualityComparer.Default);

    /// <summary>The parameters whose call sites this thread is looking at.</summary>
    private readonly ThreadLocal<HashSet<IParameterSymbol>> asked = new(static () => new(SymbolEqualityComparer.Default));

    /// <summary>The classes whose members this thread is finding out.</summary>
    private readonly ThreadLocal<HashSet<INamedTypeSymbol>> underway = new(static () => new(SymbolEqualityComparer.Default));

    private readonly SourceModels? models;

    /// <param name="compilation">The compilation.</param>
    /// <param name="options">The project's options.</param>
    /// <param name="models">
    /// What keeps the bodies that are bound, for one thread; null for analyzers, whose compilations share semantic models by themselves.
    /// </param>
    public FlowContext(Compilation compilation, AnalyzerConfigOptionsProvider options, SourceModels? models = null)
    {
        (Compilation, this.models) = (compilation, models);
        Holdings = new Holdings(compilation, models);
        inputUses = new InputUses(BodyOf, Holdings);
        ProjectDtypes = ReadProjectDtypes(options);
        bodies = new(count: 64);
        Callers = new ModelCallers(this);
        numbers = new(() => new Numbers(ChangesDefaultDtype(compilation) ? Dtypes.Floating : Dtypes.Float32));
        AreCallsIntercepted = InterceptionGenerator.IsAllowed(compilation);
        Lists = OperationLists.Of(compilation, options, CancellationToken.None);
    }

    private FlowContext(FlowContext other, AssumedModel assumed)
    {
        (Compilation, models, Holdings, AreCallsIntercepted, Lists) = (other.Compilation, other.models, other.Holdings, other.AreCallsIntercepted, other.Lists);
        (bodies, numbers, inputUses) = (other.bodies, other.numbers, other.inputUses);
        Assumed = assumed;

        // What is held does not depend on the mode.
        Callers = new ModelCallers(this, SymbolEqualityComparer.Default.Equals(other.Assumed?.Type, assumed.Type) ? other.Callers.Found : null);
    }

    /// <summary>The same compilation as if a model of another assembly held one of its modules, and nothing else were held.</summary>
    public FlowContext Assuming(AssumedModel model) => new(this, model);

    /// <summary>The module that is judged as if a model of another assembly held it; null where nothing is assumed.</summary>
    public AssumedModel? Assumed { get; }

    /// <summary>The compilation.</summary>
    public Compilation Compilation { get; }

    /// <summary>The semantic model of one of its files.</summary>
    public SemanticModel ModelOf(SyntaxTree tree) => models?.ModelOf(tree) ?? Compilation.GetSemanticModel(tree);

    /// <summary>Binds classes that are followed next, where the compiler keeps what it binds.</summary>
    public void Prepare(IEnumerable<INamedTypeSymbol> types, CancellationToken token)
    {
        if (models is null)
        {
            ParallelBinding.Bind(types, Compilation, token);
        }
    }

    /// <summary>What its classes hold.</summary>
    public Holdings Holdings { get; }

    /// <summary>The 16-bit dtypes of the MSBuild property <c>PrecisionDtypes</c>: what models may be told to run in at run time.</summary>
    public Dtypes ProjectDtypes { get; }

    /// <summary>Whether a build replaces the calls that TorchSharp pins to their input's dtype.</summary>
    public bool AreCallsIntercepted { get; }

    /// <summary>The user's lists of operations.</summary>
    public OperationLists Lists { get; }

    /// <summary>What a list says of a call that a build replaces; null where nothing does.</summary>
    public ListedMember? ListedCallOf(IInvocationOperation call) => AreCallsIntercepted ? ListedCall.FindReplaced(call, Lists) : null;

    /// <summary>
    /// Whether a product of two dtypes, which throws, gives what it would give once its operands agree. The plan goes on after such a product;
    /// the rules do not.
    /// </summary>
    public bool AssumesRepair { get; init; }

    /// <summary>Who runs its bodies.</summary>
    public ModelCallers Callers { get; }

    /// <summary>What libtorch takes C# numbers for.</summary>
    public Numbers Numbers => numbers.Value;

    /// <summary>A body by its outermost operation.</summary>
    public Body BodyOf(IOperation root, CancellationToken token)
        => Callers.Reached is { } all
            ? all.GetOrAdd(root.Syntax, _ => Body.Of(root, token))
            : bodies.GetOrAdd(root.Syntax, (root, token), static of => Body.Of(of.root, of.token));

    /// <summary>A body by its declaration; null where that is none.</summary>
    public Body? BodyOf(SyntaxNode declaration, CancellationToken token)
    {
        // Binding a body costs more than all else that is done with it.
        if (Callers.Reached is { } all && all.TryGetValue(declaration, out var body))
        {
            return body;
        }

        return bodies.Find(declaration) ?? (Compilation.ContainsSyntaxTree(declaration.SyntaxTree)
            && ModelOf(declaration.SyntaxTree).GetOperation(declaration, token) is { } root
                ? BodyOf(root, token)
                : null);
    }

    /// <summary>A method's body; null where it has none here.</summary>
    public Body? BodyOf(IMethodSymbol method, CancellationToken token)
        => (method.PartialImplementationPart ?? method).DeclaringSyntaxReferences is [var reference] ? BodyOf(reference.GetSyntax(token), token) : null;

    /// <summary>
    /// Whether an input may hold indices or flags: something takes it for that, or code that is not here, or a call hands such to it;
    /// and nothing takes it that takes floating tensors only.
    /// </summary>
    public bool MayBeIndex(IParameterSymbol parameter, CancellationToken token)
    {
        if (indices.TryGetValue(parameter, out var known))
        {
            return known;
        }

        var use = inputUses.Of(parameter, token);
        if ((use & TensorUse.Floating) != 0 || (use & TensorUse.Number) == 0 || (use & (TensorUse.Index | TensorUse.Unknown)) != 0)
        {
            return indices.GetOrAdd(parameter, (use & TensorUse.Floating) == 0);
        }

        // It is computed with, whatever it is: then calls of the model may tell. They may lead here again, and are no evidence then.
        if (!asked.Value.Add(parameter))
        {
            return false;
        }

        try
        {
            known = CallSites.GiveIntegers(parameter.ContainingType, parameter.Ordinal, this, token);
        }
        finally
        {
            asked.Value.Remove(parameter);
        }

        return asked.Value.Count == 0 ? indices.GetOrAdd(parameter, known) : known;
    }

    /// <summary>
    /// The tensors in an input that something takes which takes floating ones only: names of members, places, keys, and
    /// <see cref="PartUses.Elements"/> for all of a collection.
    /// </summary>
    public IReadOnlyCollection<object> FloatingPartsOf(IParameterSymbol parameter, CancellationToken token)
    {
        var uses = inputUses.OfParts(parameter, token).ToArray();
        var hasIndices = uses.Any(static part => (part.Value & TensorUse.Index) != 0);
        return [.. uses.Where(part => (part.Value & TensorUse.Floating) != 0 && !(hasIndices && part.Key == PartUses.Elements)).Select(static part => part.Key)];
    }

    /// <summary>The annotation of a class or of the nearest of its bases that has one.</summary>
    public PrecisionOfClass PrecisionOf(INamedTypeSymbol? type)
        => type is null ? PrecisionOfClass.Of(type) : precisions.GetOrAdd(type, static type => PrecisionOfClass.Of(type));

    /// <summary>
    /// The annotation as far as it concerns one member: none of what runs before the model's storage is converted, which are
    /// constructors, initialisers and the helpers that only they call.
    /// </summary>
    public PrecisionOfClass PrecisionAt(ISymbol member, CancellationToken token)
        => PrecisionOf(member.ContainingType) is { Kind: not ClassKind.Plain } precision && !RunsInConstruction(member, token) ? precision : PrecisionOfClass.Plain;

    /// <summary>Whether a member is a private method that only the forward runs, or the forward.</summary>
    public bool RunsInForward(ISymbol member, CancellationToken token)
        => BodyRegion.IsForward(member) || (IsPrivateMethod(member) && HelpersOf(member.ContainingType, token).RunInForward(member.Name));

    private bool RunsInConstruction(ISymbol member, CancellationToken token) => member switch
    {
        IFieldSymbol or IPropertySymbol or IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.StaticConstructor } => true,
        _ => IsPrivateMethod(member) && HelpersOf(member.ContainingType, token).RunInConstruction(member.Name),
    };

    private Helpers HelpersOf(INamedTypeSymbol type, CancellationToken token) => helpers.GetOrAdd(type, type => Helpers.Of(type, token));

    private static bool IsPrivateMethod(ISymbol member)
        => member is IMethodSymbol { MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Private };

    /// <summary>What an annotated model runs in: what its annotation says, or what is assumed.</summary>
    public PrecisionOfClass PrecisionOfModel(INamedTypeSymbol model) => Assumed?.Precision ?? PrecisionOf(model);

    /// <summary>What calls of the compilation's own methods give, as far as that was found out.</summary>
    public MethodSummaries Summaries { get; } = new();

    /// <summary>Keeps what a call gives, unless less was known meanwhile of members that are being found out.</summary>
    public void Keep(SummaryKey key, int depth, Summary summary)
    {
        if (underway.Value.Count == 0)
        {
            Summaries.Keep(key, depth, summary);
        }
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

    /// <summary>Whether a member is a buffer that nothing converts.</summary>
    public bool IsTransient(ISymbol member, CancellationToken token)
        => transient.GetOrAdd(member.ContainingType.OriginalDefinition, type => TransientBuffers.Of(type, token)).Contains(member.Name);

    /// <summary>Whether a field is assigned elsewhere than in its initialiser and constructors, as far as its class shows.</summary>
    public bool IsAssignedOutsideConstructors(IFieldSymbol field, CancellationToken token)
        => assigned.GetOrAdd(field, _ => InitialMembers.IsAssignedLater(field, token));

    /// <summary>The flow of the body that an operation stands in; null where nothing in reach of it mentions 16-bit.</summary>
    public DtypeFlow? FlowAround(IOperation operation, ISymbol owner, CancellationToken token)
    {
        if (ReferenceEquals(unconcerned.Value, owner))
        {
            return null;
        }

        if (!SixteenBitMentions.Contains(operation.Syntax.SyntaxTree, token)
            && PrecisionOf(owner.ContainingType).Kind is ClassKind.Plain
            && (owner is not IMethodSymbol method || Callers.EntriesOf(method, token).Count == 0))
        {
            unconcerned.Value = owner;
            return null;
        }

        var root = operation.Root();
        return flows.GetOrAdd(
            root.Syntax,
            (root, owner, context: this, token),
            static of => DtypeFlow.Analyze(of.context.BodyOf(of.root, of.token), of.owner, of.context, of.token));
    }

    /// <summary>Whether a file names the function that changes the dtype of what is told none. Where it is called, and when, does not matter.</summary>
    private static bool ChangesDefaultDtype(Compilation compilation)
        => compilation.SyntaxTrees.Any(static tree => tree.GetText().ToString().IndexOf("set_default_dtype", StringComparison.Ordinal) >= 0);

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
