using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Interception;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Modules;

/// <summary>
/// Reads what expressions hold, whatever the order in which a class's members run: all that is assigned to a name may be in it.
/// </summary>
internal sealed class HeldReader
{
    /// <summary>Deeper expressions are not read: reading goes down by recursion.</summary>
    private const int MaximumDepth = 200;

    /// <summary>The members, methods and locals that are being read, with what each method is given.</summary>
    private readonly List<ISymbol> open = [];
    private readonly Holdings holdings;
    private readonly SourceModels models;
    private readonly CallReader calls;
    private HeldScope scope = new();

    /// <summary>The class of the object whose code is being read; null where that may be a derived one.</summary>
    private INamedTypeSymbol? receiver;

    /// <summary>The outermost of <see cref="open"/> that was needed to read itself; what lies inside it knows less than it could.</summary>
    private int cut = int.MaxValue;
    private int depth;

    /// <param name="holdings">What is known already.</param>
    /// <param name="models">The source.</param>
    public HeldReader(Holdings holdings, SourceModels models) => (this.holdings, this.models, calls) = (holdings, models, new CallReader(this));

    /// <summary>What an expression holds.</summary>
    public Held Read(IOperation? expression)
    {
        var value = expression?.WithoutConversions();
        if (value is null || (value.Type is { } type && !type.MayHoldModules()) || value.ConstantValue.HasValue)
        {
            return Held.Nothing;
        }

        if (depth > MaximumDepth)
        {
            return Held.Unknown;
        }

        depth++;
        var held = ReadCore(value);
        depth--;
        return held;
    }

    /// <summary>What an expression holds in the code of an object of a known class.</summary>
    public Held Read(IOperation expression, INamedTypeSymbol? type) => In(type, () => Read(expression));

    /// <summary>What a field or property holds.</summary>
    /// <param name="member">The field or property.</param>
    /// <param name="type">The class of the object that has it, where that is known: then virtual calls are too.</param>
    public Held Member(ISymbol member, INamedTypeSymbol? type = null)
    {
        member = member.OriginalDefinition;
        type = type?.OriginalDefinition;
        if (holdings.Find(member, type) is { } known)
        {
            return known;
        }

        var held = holdings.Find(member, type: null) ?? Member(member, member, type: null);
        return type is null || !Holdings.DependsOnClass(member, held, type) ? held : Member(member, (member as IPropertySymbol)?.OverrideIn(type) ?? member, type);
    }

    private Held Member(ISymbol member, ISymbol read, INamedTypeSymbol? type)
    {
        // What a member holds does not depend on the call that asks for it.
        var held = In(new HeldScope(), () => In(type, () => Guarded(read, () => new MemberReader(this, holdings, models, read, type).Read())));
        if (cut > open.Count)
        {
            holdings.Keep(member, type, held);
        }

        return held;
    }

    /// <summary>Reads the code of an object of some class, in which locals may hold something else than in another class's.</summary>
    private Held In(INamedTypeSymbol? type, Func<Held> read)
    {
        if (SymbolEqualityComparer.Default.Equals(type, receiver))
        {
            return read();
        }

        var around = receiver;
        receiver = type;
        var held = In(scope.With([]), read);
        receiver = around;
        return held;
    }

    /// <summary>The modules, but for TorchSharp's, that the code of a class makes, and where. What classes inside it make is theirs.</summary>
    public IEnumerable<(HeldModule Held, SyntaxNode Place)> Made(SyntaxNode type)
    {
        foreach (var node in type.DescendantNodes(node => node == type || node is not TypeDeclarationSyntax { BaseList: not null }))
        {
            if (node is BaseObjectCreationExpressionSyntax creation
                && models.OperationOf(creation) is IObjectCreationOperation { Type: INamedTypeSymbol made } && made.IsAnyModule() && !made.IsTorchSharps())
            {
                yield return (new HeldModule(made), creation);
            }
        }
    }

    /// <summary>What a method returns, where nothing is known of its arguments.</summary>
    /// <param name="method">The method.</param>
    /// <param name="isExact">Whether it certainly runs, and no override.</param>
    public Held Results(IMethodSymbol method, bool isExact = false) => Guarded(method.OriginalDefinition, () =>
    {
        var body = models.BodyOf(method.OriginalDefinition);
        var held = body is null ? Held.Unknown : Returned(body);
        return method.IsAsync || (!isExact && MayBeOverridden(method)) ? held.OrUnknown() : held;
    });

    private static bool MayBeOverridden(IMethodSymbol method) => method.IsOverridable() && !method.IsSealed && !method.ContainingType.IsSealed;

    private Held ReadCore(IOperation value)
    {
        switch (value)
        {
            case IObjectCreationOperation creation:
                return Created(creation);
            case IInvocationOperation call:
                return Called(call);
            case ILocalReferenceOperation local:
                return Local(local);
            case IParameterReferenceOperation { Parameter: var parameter }:
                return scope.Find(parameter.OriginalDefinition) ?? OfConstructor(parameter.OriginalDefinition);
            case IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } collection } indexer:
                return Read(collection).Element(indexer.Arguments is [{ Value: var index }] ? Index(index) : null);
            case IArrayElementReferenceOperation element:
                return Read(element.ArrayReference).Element(element.Indices is [var at] ? Index(at) : null);
            case IFieldReferenceOperation { Field.ContainingType.IsTupleType: true, Instance: { } tuple } item:
                return Read(tuple).Element(ItemNumber(item.Field));
            case IPropertyReferenceOperation { Property: { Name: "Values" or "Value", ContainingType.ContainingNamespace: { } space }, Instance: { } pairs } when space.IsSystems():
                return Read(pairs);
            case IMemberReferenceOperation { Member: IFieldSymbol or IPropertySymbol } member:
                return models.Declares(member.Member) ? Member(member.Member, ReceiverOf(member.Instance)) : Held.Unknown;
            case IConditionalAccessInstanceOperation instance:
                return Read(FullPrecisionMember.Accessed(instance));
            case IConditionalAccessOperation access:
                return Read(access.WhenNotNull);
            case ISimpleAssignmentOperation assignment:
                return Read(assignment.Value);
            case ICoalesceAssignmentOperation assignment:
                return Read(assignment.Value).Or(Read(assignment.Target));
            case IConditionalOperation conditional:
                return Read(conditional.WhenTrue).Or(Read(conditional.WhenFalse));
            case ICoalesceOperation coalesce:
                return Read(coalesce.Value).Or(Read(coalesce.WhenNull));
            case ISwitchExpressionOperation @switch:
                return @switch.Arms.Aggregate(Held.Nothing, (all, arm) => all.Or(Read(arm.Value)));
            case IThrowOperation or ILiteralOperation or IDefaultValueOperation:
                return Held.Nothing;
            case IArrayCreationOperation array:
                return array.Initializer is { } initializer ? Read(initializer) : Held.Collection(null, [], isOrdered: false);
            case IArrayInitializerOperation { ElementValues: var values }:
                return Held.Collection(null, [.. values.Select(Read)], isOrdered: true);
            case ITupleOperation { Elements: var items }:
                return Held.Collection(null, [.. items.Select(Read)], isOrdered: true);
            case ICollectionExpressionOperation { Elements: var elements }:
                return Containers.Copy(elements.Select(element => element is ISpreadOperation spread ? Read(spread.Operand) : Held.Collection(null, [Read(element)], isOrdered: true)), isOrdered: true);
            case IAnonymousFunctionOperation lambda:
                return Returned(lambda.Body);
            case IDelegateCreationOperation creation:
                return Read(creation.Target);
            case IMethodReferenceOperation { Method: var method }:
                return method.IsTorchSharps() ? CallReader.Made(method) : Results(method);
            default:
                return Held.Unknown;
        }
    }

    /// <summary>
    /// What a parameter of a constructor gets from the calls in this compilation: modules that its models hold are made by these, even
    /// where others may call it too.
    /// </summary>
    private Held OfConstructor(IParameterSymbol parameter)
    {
        if (parameter.ContainingSymbol is not IMethodSymbol { MethodKind: MethodKind.Constructor } constructor || !constructor.IsInSource())
        {
            return Held.Unknown;
        }

        return In(new HeldScope(), () => In(type: null, () => Guarded(parameter, () =>
        {
            var calls = holdings.CallsOf(constructor, models);
            return calls.IsEmpty
                ? Held.Unknown
                : calls.Aggregate(Held.Nothing, (all, call) => all.Or(Read(call.FirstOrDefault(argument => argument.Parameter?.Ordinal == parameter.Ordinal)?.Value)));
        })));
    }

    /// <summary>What a local holds, whatever the body puts there: found out once, however often it is used.</summary>
    private Held Local(ILocalReferenceOperation reference)
    {
        if (scope.Find(reference.Local) is { } known)
        {
            return known;
        }

        var held = Guarded(reference.Local, () => new LocalReader(this, models, reference.Local).Read(models.UsesOf(reference), reference.Root()));
        if (cut > open.Count)
        {
            scope.Keep(reference.Local, held);
        }

        return held;
    }

    /// <summary>What a body returns, without what functions inside it return.</summary>
    private Held Returned(IOperation body)
    {
        // Without recursion: an else-if lies inside the one before it, and there may be thousands.
        var (held, yielded) = (Held.Nothing, (List<Held>?)null);
        var waiting = new Stack<IOperation>();
        waiting.Push(body);
        while (waiting.Count > 0)
        {
            var current = waiting.Pop();
            if (current is IReturnOperation { ReturnedValue: { } value })
            {
                if (current.Kind is OperationKind.YieldReturn)
                {
                    (yielded ??= []).Add(Read(value));
                }
                else
                {
                    held = held.Or(Read(value));
                }
            }
            else if (current == body || current is not (IAnonymousFunctionOperation or ILocalFunctionOperation))
            {
                foreach (var child in current.ChildOperations.Reverse())
                {
                    waiting.Push(child);
                }
            }
        }

        return yielded is null ? held : Held.Collection(null, [.. yielded], isOrdered: false);
    }

    private Held Created(IObjectCreationOperation creation)
    {
        var given = creation.Arguments.Select(argument => Read(argument.Value));
        var added = creation.Initializer is IObjectOrCollectionInitializerOperation initializer
            ? Containers.Added(initializer.Initializers.SelectMany(Added), out _)
            : [];
        return creation.Type switch
        {
            INamedTypeSymbol type when type.IsContainer() => added.IsEmpty ? Containers.Of(type, given) : Containers.Of(type, given.Concat(added)),
            INamedTypeSymbol type when type.IsAnyModule() => Held.Module(type),
            INamedTypeSymbol { ContainingNamespace: { } space } when space.IsSystems()
                => Containers.Copy([.. given.Where(static source => source != Held.Nothing), .. added.Select(static element => Held.Collection(null, [element], isOrdered: true))], isOrdered: true),
            _ => Held.Unknown,
        };
    }

    /// <summary>What one line of a collection's initializer adds.</summary>
    private IEnumerable<Held> Added(IOperation line) => line switch
    {
        IInvocationOperation call => call.Arguments.Select(argument => Read(argument.Value)),
        ISimpleAssignmentOperation assignment => [Read(assignment.Value)],
        _ => [Held.Unknown],
    };

    private Held Called(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (method.MethodKind is MethodKind.DelegateInvoke)
        {
            return Read(call.Instance);
        }

        if (models.Declares(method))
        {
            var type = ReceiverOf(call.Instance);
            var target = (type is not null && call.IsVirtual ? method.OverrideIn(type) : null) ?? method;
            return With(call, target.OriginalDefinition, () => In(type, () => Results(target, isExact: type is not null || !call.IsVirtual)));
        }

        if (method.IsTorchSharps())
        {
            return calls.OfTorchSharp(call, method);
        }

        return method.ContainingNamespace.IsSystems() ? calls.OfCollection(call, method) : Held.Unknown;
    }

    private INamedTypeSymbol? ReceiverOf(IOperation? instance) => instance is IInstanceReferenceOperation ? receiver : null;

    /// <summary>What a function makes of one element.</summary>
    public Held Selected(IOperation function, Held element)
    {
        var target = function.WithoutConversions() is IDelegateCreationOperation creation ? creation.Target : function.WithoutConversions();
        return target is IAnonymousFunctionOperation { Symbol.Parameters: [var parameter, ..] }
            ? In(scope.With([new(parameter.OriginalDefinition, element)]), () => Read(target))
            : Read(target);
    }

    /// <summary>Reads something with a method's parameters known.</summary>
    private Held With(IInvocationOperation call, IMethodSymbol method, Func<Held> read)
    {
        var given = call.Arguments
            .Where(static argument => argument.Parameter is { RefKind: RefKind.None } parameter && parameter.Type.MayHoldModules())
            .Select(argument => new KeyValuePair<IParameterSymbol, Held>(method.Parameters[argument.Parameter!.Ordinal], Read(argument.Value)))
            .ToArray();
        return given.Length == 0 ? read() : In(scope.With(given), read);
    }

    /// <summary>Reads something with other parameters known.</summary>
    private Held In(HeldScope inner, Func<Held> read)
    {
        var outer = scope;
        scope = inner;
        var held = read();
        scope = outer;
        return held;
    }

    /// <summary>Reads what a symbol stands for, unless that is under way: what needs itself is not known.</summary>
    private Held Guarded(ISymbol symbol, Func<Held> read)
    {
        var at = open.FindIndex(other => SymbolEqualityComparer.Default.Equals(other, symbol));
        if (at >= 0)
        {
            cut = Math.Min(cut, at);
            return Held.Unknown;
        }

        open.Add(symbol);
        var held = read();
        open.RemoveAt(open.Count - 1);
        cut = cut >= open.Count ? int.MaxValue : cut;
        return held;
    }

    private static int? Index(IOperation index) => index.ConstantValue is { HasValue: true, Value: int at } ? at : null;

    private static int? ItemNumber(IFieldSymbol item)
        => int.TryParse((item.CorrespondingTupleField ?? item).Name.Replace("Item", ""), out var number) ? number - 1 : null;
}
