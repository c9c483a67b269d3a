using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Functions;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception;
using Precision.Generator.Lists;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>Calls of methods and modules that the same compilation declares: what they return, by analysing them with the values given.</summary>
internal sealed class Methods(FlowContext context, FlowRun run, Action<IMethodSymbol, Entry> noteCall, CancellationToken token)
{
    /// <summary>Longer methods are not analysed for their callers' sake.</summary>
    private const int MaximumLength = 5_000;

    /// <summary>Whether a call would have returned something else on another kind of device.</summary>
    public bool DependsOnDevice { get; private set; }

    /// <summary>How many calls deep the calls went.</summary>
    public int Height { get; private set; }

    /// <summary>Whether a call was not followed because it is too deep.</summary>
    public bool IsCut { get; private set; }

    /// <summary>What a call returns; null when nothing is known.</summary>
    /// <param name="invocation">The call.</param>
    /// <param name="instance">What it is made on.</param>
    /// <param name="arguments">What is given.</param>
    /// <param name="region">The region around the method.</param>
    /// <param name="listed">What a list of the user's says of the call; null where none does.</param>
    public FlowValue? Call(IInvocationOperation invocation, FlowValue? instance, FlowValue?[] arguments, FlowRegion region, ListedMember? listed)
    {
        var method = invocation.TargetMethod;
        var caller = new Caller(region, run.Entry.Precision);
        if (method.Name is OperationTable.Call or OperationTable.Forward && method.IsOfModule())
        {
            return ExactType(invocation, instance) is { } type && ForwardMethods.Of(type) is { } forward
                && CallerOf(invocation, arguments, region, listed) is var (given, module)
                    ? Forward(forward, type, ByParameter(invocation, given), module)
                    : FlowValue.Top;
        }

        if (AutogradFunctions.AppliedBy(method) is { } function)
        {
            return Apply(function, arguments[0], caller);
        }

        // Who calls ForwardCore itself leaves the generated forward out, and with it the region.
        return Target(invocation, instance) is var (target, receiver) ? Enter(target, receiver, ByParameter(invocation, arguments), caller) : FlowValue.Top;
    }

    /// <summary>
    /// How a call enters a module: through a marked member with autocast off and no 16-bit inputs. Null where no build sees to that:
    /// then the weights are float32, whatever is given to them. A class that an attribute lists in float32 is stored so.
    /// </summary>
    public (FlowValue?[] Arguments, Caller Caller)? CallerOf(IInvocationOperation invocation, FlowValue?[] arguments, FlowRegion region, ListedMember? listed)
        => listed is { IsAttribute: true, Dtype: ListedDtype.Float32 } && region.Kind is RegionKind.Disabled ? (arguments, Caller.FullPrecision)
            : FullPrecisionMember.Of(run.Body.Variables.Origin(invocation.Instance)) is null ? (arguments, new Caller(region, run.Entry.Precision, MemberOf(invocation.Instance)))
            : context.AreCallsIntercepted ? (
                [.. arguments.Select((argument, i) => invocation.Arguments[i].Parameter is { Type: var type }
                    ? InputCasts.Cast(argument, type, new ValueShapes(context.Compilation.Assembly), ClassKind.FullPrecision, run.Entry.Scenario)
                    : FlowValue.Top)],
                Caller.FullPrecision)
            : null;

    /// <summary>The member in which a module is, by itself or in a collection.</summary>
    private static string? MemberOf(IOperation? module) => module?.WithoutConversions() switch
    {
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: var collection } => MemberOf(collection),
        IArrayElementReferenceOperation { ArrayReference: var array } => MemberOf(array),
        IMemberReferenceOperation { Member.Name: var name, Instance: IInstanceReferenceOperation } => name,
        _ => null,
    };

    /// <summary>What a module's forward returns.</summary>
    /// <param name="method">What it runs, as its user writes it.</param>
    /// <param name="type">The module's class.</param>
    /// <param name="values">What the parameters get.</param>
    /// <param name="caller">Where it is called.</param>
    public FlowValue? Forward(IMethodSymbol method, INamedTypeSymbol type, FlowValue?[] values, Caller caller)
        => BodyRegion.IsForward(method) ? AnnotatedForward(method, type, values, caller) : Enter(method, type, values, caller);

    /// <summary>The arguments of a call by the parameters that get them.</summary>
    public static FlowValue?[] ByParameter(IInvocationOperation invocation, FlowValue?[] arguments)
    {
        var values = new FlowValue?[invocation.TargetMethod.Parameters.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            if (invocation.Arguments[i].Parameter is { RefKind: RefKind.None, Ordinal: var ordinal } && ordinal < values.Length)
            {
                values[ordinal] = arguments[i];
            }
        }

        return values;
    }

    /// <summary>What a property of the compilation's own gives; null when nothing is known.</summary>
    public FlowValue? Get(IPropertyReferenceOperation reference, FlowRegion region)
        => reference.Property is { IsVirtual: false, IsOverride: false, IsAbstract: false, IsIndexer: false, GetMethod: { } getter } && getter.IsInSource()
            ? Enter(getter.OriginalDefinition, null, [], new Caller(region, run.Entry.Precision))
            : FlowValue.Top;

    /// <summary>What a custom autograd function of this compilation gives: what its forward gives, in the region of the call.</summary>
    private FlowValue? Apply(INamedTypeSymbol function, FlowValue? inputs, Caller caller)
    {
        var forward = FunctionAnalysis.Written(function, OperationTable.Forward)?.OriginalDefinition;
        if (forward is not { DeclaringSyntaxReferences.Length: 1 })
        {
            return FlowValue.Top;
        }

        var (given, region) = FunctionInputs.Of(function, inputs, caller.Region);
        return Enter(forward, function, [FlowValue.Top, given], caller with { Region = region });
    }

    /// <summary>Enters a method of this compilation.</summary>
    /// <param name="method">The method.</param>
    /// <param name="receiver">The class of its object, where that is known.</param>
    /// <param name="values">What its parameters get.</param>
    /// <param name="caller">Where it is called.</param>
    private FlowValue? Enter(IMethodSymbol method, INamedTypeSymbol? receiver, FlowValue?[] values, Caller caller)
    {
        if (IsTooDeep())
        {
            return FlowValue.Top;
        }

        var own = context.PrecisionAt(method, token);
        var entry = run.Entry with
        {
            Region = caller.Region,
            Precision = own.Kind is not ClassKind.Plain ? own : IsPartOfModel(method, receiver) ? caller.Precision : PrecisionOfClass.Plain,
            Arguments = ImmutableArray.Create(values),
            Receiver = receiver,
            Path = PathOf(method, receiver),
        };
        noteCall(method, entry);
        return Summary(method, entry);
    }

    /// <summary>
    /// What the generated forward of an annotated class returns: that of <c>ForwardCore</c> in its region, with the casts of
    /// inputs and results.
    /// </summary>
    private FlowValue? AnnotatedForward(IMethodSymbol core, INamedTypeSymbol type, FlowValue?[] values, Caller caller)
    {
        if (IsTooDeep())
        {
            return FlowValue.Top;
        }

        var precision = context.PrecisionOf(core.ContainingType);
        var compute = precision.Policy?.Compute switch
        {
            null or Dtype.Float32 => Dtypes.None,
            Dtype.Auto => run.Entry.Scenario.Compute is Dtypes.None ? Dtypes.SixteenBit : run.Entry.Scenario.Compute,
            { } dtype => dtype.ToDtypes(),
        };
        if (!compute.IsOne() && compute is not Dtypes.None)
        {
            return FlowValue.Top;
        }

        var inside = new Scenario(run.Entry.Scenario.Devices, compute);
        var entry = new Entry(
            inside,
            BodyRegion.Inside(precision.Kind, inside),
            precision,
            [.. values.Zip(core.Parameters, (value, parameter) => Given(parameter, value, precision.Kind, inside))],
            type,
            core.ContainingType.OriginalDefinition);
        if (run.Entry.Model is { } holder && !SymbolEqualityComparer.Default.Equals(holder, entry.Model))
        {
            // Beside the ways in which it is called where nobody sees it.
            var root = $"{run.Entry.Path ?? run.Entry.Root ?? holder.Name}{(caller.Member is { } member ? "." + member : "")}";
            noteCall(core, entry with { Path = root, Root = root });
        }

        // Only forwards of annotated classes count as outer ones, and whether one is around plain code nobody sees. The same goes for other
        // members of the class that call its forward, as a loop that generates text does.
        var isOuter = caller.Region.Kind is RegionKind.None;
        var mayBeOuter = isOuter || caller.Region.Kind is RegionKind.Uncertain || SymbolEqualityComparer.Default.Equals(run.Entry.Model, entry.Model);
        return Outputs.Cast(Summary(core, entry), core, result => precision.Policy?.Output.ToDtypes() switch
        {
            null or Dtypes.None => !result.Dtypes.Overlaps(Dtypes.SixteenBit) || !mayBeOuter ? result
                : result with { Dtypes = (isOuter ? result.Dtypes & ~Dtypes.SixteenBit : result.Dtypes) | Dtypes.Float32, Origin = null },
            { } output => result with { Dtypes = (result.Dtypes & ~(Dtypes.SixteenBit | Dtypes.Float32)) | (output.IsOne() ? output : compute) },
        });
    }

    /// <summary>An input as the generated forward hands it on.</summary>
    private FlowValue? Given(IParameterSymbol parameter, FlowValue? value, ClassKind kind, Scenario inside)
        => InputCasts.Cast(value, parameter.Type, new ValueShapes(parameter.ContainingAssembly, parameter.ContainingType), kind, inside) is var cast
            && cast is TensorDtype tensor && kind is ClassKind.TrueSixteenBit
            && tensor.Dtypes.Overlaps(inside.Compute) && !context.MayBeIndex(parameter, token)
                ? tensor with { Dtypes = inside.Compute }
                : cast;

    /// <summary>Whether the object of a method is the model that runs, or a module that it holds, whose storage it converts.</summary>
    private bool IsPartOfModel(IMethodSymbol method, INamedTypeSymbol? receiver)
        => run.Entry.Model is { } model && !method.IsStatic
            && (HolderOf(receiver ?? method.ContainingType, model) is not null || IsIn(receiver ?? model, method.ContainingType));

    private string? PathOf(IMethodSymbol method, INamedTypeSymbol? receiver)
    {
        if (run.Entry.Model is not { } model || SymbolEqualityComparer.Default.Equals(method.ContainingType.OriginalDefinition, model))
        {
            return run.Entry.Root;
        }

        return HolderOf(receiver ?? method.ContainingType, model) is { Path: var path }
            ? run.Entry.Root is { } root ? root + path.Substring(model.Name.Length) : path
            : run.Entry.Path ?? model.Name;
    }

    private Holder? HolderOf(INamedTypeSymbol type, INamedTypeSymbol model)
    {
        foreach (var holder in context.Callers.HoldersOf(token)[type])
        {
            if (SymbolEqualityComparer.Default.Equals(holder.Model, model))
            {
                return holder;
            }
        }

        return null;
    }

    /// <summary>Whether a class is a type or derives from it.</summary>
    private static bool IsIn(INamedTypeSymbol type, INamedTypeSymbol member)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current.OriginalDefinition, member.OriginalDefinition))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The method that a call certainly runs; null where that is open or its body is not here.</summary>
    private (IMethodSymbol Method, INamedTypeSymbol? Receiver)? Target(IInvocationOperation invocation, FlowValue? instance)
    {
        var method = invocation.TargetMethod.OriginalDefinition;
        var receiver = run.Body.Variables.Origin(invocation.Instance) is IInstanceReferenceOperation ? run.Entry.Receiver : ExactType(invocation, instance);
        if (method.IsOverridable() && invocation.IsVirtual)
        {
            if (receiver is null || method.OverrideIn(receiver.OriginalDefinition) is not { } exact)
            {
                return null;
            }

            method = exact;
        }

        return method is { IsAbstract: false, IsExtern: false, IsAsync: false, DeclaringSyntaxReferences.Length: 1 } ? (method, receiver) : null;
    }

    private static INamedTypeSymbol? ExactType(IInvocationOperation invocation, FlowValue? instance)
        => (instance is ObjectValue { IsExact: true } made ? made.Type : null) ?? (instance as HeldValue)?.Type ?? (invocation.Instance?.Type is INamedTypeSymbol { IsSealed: true } type && type.IsInSource() ? type : null);

    private bool IsTooDeep()
    {
        var isTooDeep = run.Depth >= MethodSummaries.MaximumDepth;
        IsCut |= isTooDeep;
        return isTooDeep;
    }

    private FlowValue? Summary(IMethodSymbol method, Entry entry)
    {
        if (method.DeclaringSyntaxReferences is not [var reference]
            || reference.Span.Length > MaximumLength
            || !MayGiveDtype(method.ReturnType))
        {
            return FlowValue.Top;
        }

        var key = new SummaryKey(method, entry);
        var summary = CallUnderWay.Find(run.Call, key) ?? Known(key);
        DependsOnDevice |= summary.DependsOnDevice;
        Height = Math.Max(Height, summary.Height + 1);
        IsCut |= summary.IsCut;
        return summary.Value;
    }

    private Summary Known(SummaryKey key)
    {
        var depth = run.Depth + 1;
        if (context.Summaries.Find(key, depth) is { } known)
        {
            return known;
        }

        var call = new CallUnderWay(key, run.Call);
        var summary = Summarise(key, call, depth);
        if (call.IsProvisional)
        {
            call.KeepForRound(summary);
        }
        else
        {
            context.Keep(key, depth, summary);
        }

        return summary;
    }

    private Summary Summarise(SummaryKey key, CallUnderWay call, int depth)
    {
        if (context.BodyOf(key.Method, token) is not { IsReadable: true } body)
        {
            return Analysis.Summary.Nothing;
        }

        FlowAnalysis analysis;
        FlowValue? result;
        do
        {
            analysis = new FlowAnalysis(context, new FlowRun(body, key.Method, key.Entry, depth, call), token);
            result = analysis.Run(key.Entry.State(key.Method, body.Variables, context, token));
        }
        while (call.NeedsRound(ref result));
        return analysis.Summary with { Value = result };
    }

    private static bool MayGiveDtype(ITypeSymbol type)
        => type.IsTensorOrDerived() || type is IArrayTypeSymbol or INamedTypeSymbol { IsTupleType: true } || type.Name == "ScalarType"
            || (type is INamedTypeSymbol { SpecialType: SpecialType.None or SpecialType.System_Collections_Generic_IEnumerable_T, TypeKind: not TypeKind.Enum } named
                && !type.IsOfModules()
                && (type.IsInSource() || named.IsCollection("List", "IList", "IReadOnlyList", "IReadOnlyCollection", "IEnumerable", "Dictionary", "IReadOnlyDictionary", "IDictionary")));
}

/// <summary>Where a method is called.</summary>
/// <param name="Region">The region at the call.</param>
/// <param name="Precision">What the annotation of the caller, or of the model that holds it, says.</param>
/// <param name="Member">The member that holds the module which is called; null elsewhere.</param>
internal readonly record struct Caller(FlowRegion Region, PrecisionOfClass Precision, string? Member = null)
{
    /// <summary>Through a member that is marked <c>[FullPrecision]</c>.</summary>
    public static readonly Caller FullPrecision = new(FlowRegion.Disabled, PrecisionOfClass.FullPrecision);
}
