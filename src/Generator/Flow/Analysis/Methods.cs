using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Interception;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>Calls of methods and modules that the same compilation declares: what they return, by analysing them with the values given.</summary>
internal sealed class Methods(FlowContext context, FlowRun run, CancellationToken token)
{
    /// <summary>How many calls deep an analysis goes.</summary>
    private const int MaximumDepth = 3;

    /// <summary>Longer methods are not analysed for their callers' sake.</summary>
    private const int MaximumLength = 5_000;

    private HeldReader? reader;

    /// <summary>Whether a call would have returned something else on another kind of device.</summary>
    public bool DependsOnDevice { get; private set; }

    /// <summary>What a call returns; null when nothing is known.</summary>
    public FlowValue? Call(IInvocationOperation invocation, FlowValue? instance, FlowValue?[] arguments, FlowRegion region)
    {
        if (run.Depth >= MaximumDepth)
        {
            return FlowValue.Top;
        }

        var values = ByParameter(invocation, arguments);
        var method = invocation.TargetMethod;
        if (method.Name is not ("call" or "forward") || !FullPrecisionCall.IsModuleMethod(method))
        {
            return Target(invocation, instance) is { } target ? Enter(target.Method, target.Receiver, values, region, run.Entry.Precision, isCore: BodyRegion.IsForward(method)) : FlowValue.Top;
        }

        var precision = run.Entry.Precision;
        if (context.AreCallsIntercepted && FullPrecisionMember.Of(invocation.Instance) is not null)
        {
            // As the interceptors do.
            values = [.. values.Select(value => Inputs.Cast(value, ClassKind.FullPrecision, run.Entry.Scenario))];
            (region, precision) = (FlowRegion.Disabled, PrecisionOfClass.FullPrecision);
        }

        return ExactType(invocation, instance) is { } type
            ? Forward(type, values, region, precision)
            : Forward((reader ??= context.Holdings.ReaderOf(token)).Read(invocation.Instance), values, region, precision);
    }

    /// <summary>What a property of the compilation's own gives; null when nothing is known.</summary>
    public FlowValue? Get(IPropertyReferenceOperation reference, FlowRegion region)
        => reference.Property is { IsVirtual: false, IsOverride: false, IsAbstract: false, IsIndexer: false, GetMethod: { } getter } && getter.IsInSource()
            ? Enter(getter.OriginalDefinition, null, [], region, run.Entry.Precision, isCore: false)
            : FlowValue.Top;

    /// <summary>What the modules that a value may be return, each given the same.</summary>
    private FlowValue? Forward(Held held, FlowValue?[] values, FlowRegion region, PrecisionOfClass precision)
    {
        var result = held.IsOpen || held.Modules.IsEmpty ? FlowValue.Top : TensorDtype.Bottom;
        foreach (var module in held.Modules)
        {
            var (inside, own) = module.IsMarked ? (FlowRegion.Disabled, PrecisionOfClass.FullPrecision) : (region, precision);
            var given = module switch
            {
                { IsCollection: true, IsOrdered: true } when module.Type.IsSequential() => Chain(module, values, inside, own),
                { IsCollection: false, Type: { } type } => Forward(type, values, inside, own),
                _ => FlowValue.Top,
            };
            result = FlowValue.Join(result, given);
        }

        return result;
    }

    /// <summary>What a <c>Sequential</c> returns: each element is given what the one before it returns.</summary>
    private FlowValue? Chain(HeldModule sequential, FlowValue?[] values, FlowRegion region, PrecisionOfClass precision)
    {
        foreach (var element in sequential.Elements)
        {
            values = [Forward(element, values, region, precision)];
        }

        return values is [var result] ? result : FlowValue.Top;
    }

    /// <summary>What a module's forward returns; null where it is compiled elsewhere.</summary>
    private FlowValue? Forward(INamedTypeSymbol type, FlowValue?[] values, FlowRegion region, PrecisionOfClass precision)
        => ForwardMethods.Of(type) is { } method ? Enter(method, type, values, region, precision, isCore: false) : FlowValue.Top;

    /// <summary>Enters a method of this compilation.</summary>
    /// <param name="method">The method.</param>
    /// <param name="receiver">The class of its object, where that is known.</param>
    /// <param name="values">What its parameters get.</param>
    /// <param name="region">The region at the call.</param>
    /// <param name="precision">What the caller's annotation says.</param>
    /// <param name="isCore">Whether the call names <c>ForwardCore</c>: who does so leaves the generated forward out, and with it the region.</param>
    private FlowValue? Enter(IMethodSymbol method, INamedTypeSymbol? receiver, FlowValue?[] values, FlowRegion region, PrecisionOfClass precision, bool isCore)
    {
        if (BodyRegion.IsForward(method) && !isCore)
        {
            return AnnotatedForward(method, values, region);
        }

        var own = context.PrecisionAt(method, token);
        var entry = run.Entry with
        {
            Region = region,
            Precision = own.Kind is not ClassKind.Plain ? own : IsPartOfModel(method, receiver) ? precision : PrecisionOfClass.Plain,
            Arguments = ImmutableArray.Create(values),
            Receiver = receiver,
            Path = PathOf(method, receiver),
        };
        run.Calls?.Invoke(method, entry);
        return Summary(method, entry);
    }

    /// <summary>
    /// What the generated forward of an annotated class returns: that of <c>ForwardCore</c> in its region, with the casts of
    /// inputs and results.
    /// </summary>
    private FlowValue? AnnotatedForward(IMethodSymbol core, FlowValue?[] values, FlowRegion region)
    {
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
            [.. values.Select(value => Inputs.Cast(value, precision.Kind, inside))],
            Model: core.ContainingType.OriginalDefinition);
        if (Summary(core, entry) is not TensorDtype result)
        {
            return FlowValue.Top;
        }

        // Only forwards of annotated classes count as outer ones, and whether one is around plain code nobody sees.
        var isOuter = region.Kind is RegionKind.None;
        return precision.Policy?.Output.ToDtypes() switch
        {
            null or Dtypes.None => !result.Dtypes.Overlaps(Dtypes.SixteenBit) || !isOuter ? result
                : result with { Dtypes = (result.Dtypes & ~Dtypes.SixteenBit) | Dtypes.Float32, Origin = null },
            { } output => result with { Dtypes = (result.Dtypes & ~(Dtypes.SixteenBit | Dtypes.Float32)) | (output.IsOne() ? output : compute) },
        };
    }

    /// <summary>Whether the object of a method is the model that runs, or a module that it holds, whose storage it converts.</summary>
    private bool IsPartOfModel(IMethodSymbol method, INamedTypeSymbol? receiver)
        => run.Entry.Model is { } model && !method.IsStatic
            && (HolderOf(receiver ?? method.ContainingType, model) is not null || IsIn(receiver ?? model, method.ContainingType));

    private string? PathOf(IMethodSymbol method, INamedTypeSymbol? receiver)
    {
        if (run.Entry.Model is not { } model || SymbolEqualityComparer.Default.Equals(method.ContainingType.OriginalDefinition, model))
        {
            return null;
        }

        return HolderOf(receiver ?? method.ContainingType, model)?.Path ?? run.Entry.Path ?? model.Name;
    }

    private Holder? HolderOf(INamedTypeSymbol type, INamedTypeSymbol model)
    {
        foreach (var holder in context.HoldersOf(token)[type])
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

    private static FlowValue?[] ByParameter(IInvocationOperation invocation, FlowValue?[] arguments)
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

    /// <summary>The method that a call certainly runs; null where that is open or its body is not here.</summary>
    private (IMethodSymbol Method, INamedTypeSymbol? Receiver)? Target(IInvocationOperation invocation, FlowValue? instance)
    {
        var method = invocation.TargetMethod.OriginalDefinition;
        var receiver = invocation.Instance is IInstanceReferenceOperation ? run.Entry.Receiver : ExactType(invocation, instance);
        if ((method.IsVirtual || method.IsOverride || method.IsAbstract) && invocation.IsVirtual)
        {
            if (receiver is null || Override(method, receiver) is not { } exact)
            {
                return null;
            }

            method = exact;
        }

        return method is { IsAbstract: false, IsExtern: false, IsAsync: false, DeclaringSyntaxReferences.Length: 1 } ? (method, receiver) : null;
    }

    /// <summary>What a class runs when a virtual method is called.</summary>
    private static IMethodSymbol? Override(IMethodSymbol method, INamedTypeSymbol type)
    {
        for (var current = type.OriginalDefinition; current is not null; current = current.BaseType?.OriginalDefinition)
        {
            foreach (var member in current.GetMembers(method.Name).OfType<IMethodSymbol>())
            {
                for (var overridden = member; overridden is not null; overridden = overridden.OverriddenMethod)
                {
                    if (SymbolEqualityComparer.Default.Equals(overridden.OriginalDefinition, method))
                    {
                        return member;
                    }
                }
            }
        }

        return null;
    }

    private static INamedTypeSymbol? ExactType(IInvocationOperation invocation, FlowValue? instance)
        => (instance as ObjectValue)?.Type ?? (invocation.Instance?.Type is INamedTypeSymbol { IsSealed: true } type && type.IsInSource() ? type : null);

    private FlowValue? Summary(IMethodSymbol method, Entry entry)
    {
        if (run.Depth >= MaximumDepth
            || method.DeclaringSyntaxReferences is not [var reference]
            || reference.Span.Length > MaximumLength
            || !MayGiveDtype(method.ReturnType))
        {
            return FlowValue.Top;
        }

        // What a call returns does not depend on the way in which messages name it.
        var key = new SummaryKey(method, entry with { Path = null }, run.Depth);
        if (!context.TryGetSummary(key, out var summary))
        {
            summary = Summarise(key);
            context.Keep(key, summary);
        }

        DependsOnDevice |= summary.DependsOnDevice;
        return summary.Value;
    }

    private Summary Summarise(SummaryKey key)
    {
        if (context.BodyOf(key.Method, token) is not { IsReadable: true } body)
        {
            return default;
        }

        var analysis = new FlowAnalysis(context, new FlowRun(body, key.Method, key.Entry, run.Depth + 1), token);
        return new Summary(analysis.Run(key.Entry.State(key.Method, body.Variables, context, token)), analysis.DependsOnDevice);
    }

    private static bool MayGiveDtype(ITypeSymbol type)
        => type.IsTensorOrDerived() || type is IArrayTypeSymbol or INamedTypeSymbol { IsTupleType: true } || type.Name == "ScalarType";
}

/// <summary>What a call returns.</summary>
/// <param name="Value">The value; null when nothing is known.</param>
/// <param name="DependsOnDevice">Whether another one would be returned on another kind of device.</param>
internal readonly record struct Summary(FlowValue? Value, bool DependsOnDevice);

/// <summary>A call of a method, as far as its result depends on it.</summary>
internal sealed record SummaryKey(IMethodSymbol Method, Entry Entry, int Depth)
{
    public bool Equals(SummaryKey? other)
        => other is not null && SymbolEqualityComparer.Default.Equals(Method, other.Method) && Depth == other.Depth && Entry.Equals(other.Entry);

    public override int GetHashCode() => unchecked((SymbolEqualityComparer.Default.GetHashCode(Method) * 31) + Entry.GetHashCode());
}
