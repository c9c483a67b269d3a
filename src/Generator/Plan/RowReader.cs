using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Interception;
using Precision.Generator.Lists;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Plan.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>Turns the operations of one body into rows.</summary>
/// <param name="body">The method and what it runs in.</param>
/// <param name="held">Looks up modules.</param>
/// <param name="known">What the flow knows of dtypes.</param>
/// <param name="flow">What is known of the compilation: whether calls are replaced, and the user's lists of operations.</param>
/// <param name="firstLine">The line that names the method, from 0.</param>
internal sealed class RowReader(PlannedBody body, HeldModules held, KnownDtypes known, FlowContext flow, int firstLine)
{
    private readonly ImmutableArray<PlanRow>.Builder rows = ImmutableArray.CreateBuilder<PlanRow>();
    private readonly ListedRows listed = new(flow, body.Mode);

    public ImmutableArray<PlanRow> ToImmutable() => rows.ToImmutable();

    /// <summary>Adds the rows of one operation, if it has any. What is inside it comes before and of itself.</summary>
    public void Read(IOperation operation)
    {
        switch (operation)
        {
            case IInvocationOperation call:
                ReadCall(call);
                break;
            case IBinaryOperation { OperatorMethod: { } method }:
                ReadOperator(operation, method, operation.Syntax is BinaryExpressionSyntax binary ? binary.OperatorToken : operation.Syntax.GetFirstToken());
                break;
            case IUnaryOperation { OperatorMethod: { } method }:
                ReadOperator(operation, method, operation.Syntax.GetFirstToken());
                break;
            case ICompoundAssignmentOperation { OperatorMethod: { } method }:
                ReadOperator(operation, method, operation.Syntax is AssignmentExpressionSyntax assignment ? assignment.OperatorToken : operation.Syntax.GetFirstToken());
                break;
            case IPropertyReferenceOperation { Property: { IsIndexer: false, GetMethod: { } getter } } reference when getter.HasBody() && getter.HandlesTensors():
                Enter(LineOf(NameOf(reference.Syntax)), reference.Property.Name, getter, body.Mode, listed.Other(reference.Property, reference));
                break;
            case IPropertyReferenceOperation reference when listed.Other(reference.Property, reference) is { Length: > 0 } no:
                rows.Add(new PlanRow(LineOf(NameOf(reference.Syntax)), reference.Property.Name, "?", "?", "a property", no));
                break;
            case IObjectCreationOperation creation when listed.Other(creation.Constructor, creation) is { Length: > 0 } no:
                rows.Add(new PlanRow(LineOf(creation.Syntax.GetLocation()), "new " + creation.Type!.Name, "?", "?", "a constructor", no));
                break;
            case IMethodReferenceOperation reference:
                ReadMethodGroup(reference);
                break;
        }
    }

    private void ReadCall(IInvocationOperation call)
    {
        var (method, line) = (call.TargetMethod, LineOf(call.NameLocation()));
        if (method.MethodKind is MethodKind.DelegateInvoke)
        {
            if (method.HandlesTensors())
            {
                rows.Add(DtypeTexts.Open(line, NameOf(call.Instance) ?? "delegate"));
            }
        }
        else if (method.MethodKind is MethodKind.LocalFunction)
        {
            // Its body is read where it stands.
        }
        else if (OperationLists.IsModuleCall(method))
        {
            ReadModuleCall(call, line);
        }
        else if (listed.Of(call) is { } list)
        {
            ReadListed(call, line, list);
        }
        else if (RegionCall.IsOne(method))
        {
            rows.Add(new PlanRow(line, $"Autocast.{method.Name}", "", "", "a region of its own: until it is left, it decides instead"));
        }
        else if (CastTexts.TargetOf(call) is { } dtype)
        {
            var (cuda, cpu) = known.Of(call);
            rows.Add(new PlanRow(line, Label(method), cuda ?? dtype, cpu ?? dtype, "cast in source"));
        }
        else if (OperationTable.Find(method) is { } operation)
        {
            AddOperation(line, Label(method), operation, known.Of(call), DtypeTexts.NamedDtype(call, operation), IsIntercepted(call));
        }
        else if (AutogradFunctions.AppliedBy(method) is { } function)
        {
            rows.Add(FunctionRow.Of(line, function, body.Mode, known.Of(call)));
        }
        else if (method.IsInSource())
        {
            if (method.HandlesTensors())
            {
                var target = call.Instance is IInstanceReferenceOperation && call.IsVirtual ? method.MostDerivedIn(body.Class) : method;
                Enter(line, method.Name, target, body.Mode, "");
            }
        }
        else if (!method.IsTorchSharps() && method.ContainingAssembly?.Name != "Precision" && method.OriginalDefinition.HandlesTensors())
        {
            rows.Add(DtypeTexts.CompiledElsewhere(line, Label(method)));
        }
    }

    /// <summary>A call of what is on a list of the user's. One that nothing replaces runs as if it were on none.</summary>
    private void ReadListed(IInvocationOperation call, int line, ListedRow list)
    {
        var method = call.TargetMethod;
        if (method.IsInSource())
        {
            var isVirtual = call.Instance is IInstanceReferenceOperation && call.IsVirtual;
            Enter(line, method.Name, isVirtual ? method.MostDerivedIn(body.Class) : method, list.Mode, list.Intercepted);
        }
        else if (!list.IsReplaced && OperationTable.Find(method) is { } operation)
        {
            rows.Add(DtypeTexts.Row(line, Label(method), operation, body.Mode, known.Of(call), DtypeTexts.NamedDtype(call, operation), isReplaced: false, list.Intercepted));
        }
        else
        {
            var (cuda, cpu) = known.Of(call);
            var dtype = list.IsReplaced ? list.Dtype : "?";
            rows.Add(new PlanRow(line, Label(method), cuda ?? dtype, cpu ?? dtype, list.Why, list.Intercepted));
        }
    }

    /// <summary><c>call</c> or <c>forward</c> of a module: of the class that it is, as far as the source shows.</summary>
    private void ReadModuleCall(IInvocationOperation call, int line)
    {
        var isReplaced = IsIntercepted(call);
        var isMarked = FullPrecisionMember.Of(call.Instance) is not null;
        var list = isMarked ? null : listed.Of(call);
        var mode = isMarked && isReplaced ? PlanMode.FullPrecision : list?.Mode ?? body.Mode;
        if (call.Instance is IInstanceReferenceOperation)
        {
            // this.call runs the override that the class has; base.forward the base's.
            var isBase = call.Syntax is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: BaseExpressionSyntax } };
            AddModule(line, isBase ? "base" : "this", new(isBase ? call.TargetMethod.ContainingType : body.Class, IsMarked: false), mode, known.Of(call), isReplaced, isInSequential: false, list?.Intercepted ?? "");
            return;
        }

        var name = NameOf(call.Instance) ?? "module";
        var isSequential = call.Instance?.WithoutConversions().Type.IsSequential() ?? false;
        var modules = call.Instance is null ? [] : held.Of(call.Instance, body.Class);
        if (modules.Count == 0)
        {
            rows.Add(DtypeTexts.Open(line, name));
        }

        for (var i = 0; i < modules.Count; i++)
        {
            // What is marked itself has no mark inside that could be lost.
            var module = isMarked && isReplaced ? modules[i] with { IsMarked = false } : modules[i];
            var result = modules.Count == 1 && !isSequential ? known.Of(call) : known.Of(call, i, modules[i]);
            if (list is { IsReplaced: true, IsFloat32: false } && ModuleForward.Of(module.Type).Operation is not null)
            {
                rows.Add(new PlanRow(line, $"{name} ({module.Type!.Name})", result.Cuda ?? list.Dtype, result.Cpu ?? list.Dtype, list.Why, list.Intercepted));
                continue;
            }

            AddModule(
                line,
                isSequential ? $"{name}[{i}]" : name,
                module,
                mode,
                result,
                isReplaced && list is null,
                isSequential,
                list?.Intercepted ?? listed.OfUnreplaced(module.Type, call, isSequential ? "Sequential calls it" : "through another type"));
        }
    }

    private void AddModule(int line, string name, HeldModule module, PlanMode mode, (string?, string?) result, bool isReplaced, bool isInSequential, string list)
    {
        var (type, forward) = (module.Type!, ModuleForward.Of(module.Type));
        var marked = module.IsMarked ? "no: [FullPrecision] has no effect here" : list.Length > 0 ? list : mode != body.Mode ? DtypeTexts.Yes : "";
        if (forward.Annotated is { } annotated)
        {
            rows.Add(new PlanRow(line, $"{name} ({annotated.Name})", "", "", "annotated itself: its own policy holds", marked));
        }
        else if (forward.Source is { } source)
        {
            rows.Add(Into(line, name, new PlannedBody(source.OriginalDefinition, type.OriginalDefinition, mode), marked));
        }
        else if (forward.Operation is { } operation)
        {
            var isConcerned = mode.IsRegion && (operation.IsPinned || operation.Has(OperationTraits.FusedLinear));
            var replaced = marked.Length > 0 || !isConcerned ? marked
                : isInSequential ? "no: Sequential calls it"
                : DtypeTexts.YesOrNo(isReplaced);
            rows.Add(DtypeTexts.Row(line, $"{name} ({type.Name})", operation, mode, result, namedDtype: null, isReplaced && !isInSequential, replaced));
        }
        else
        {
            rows.Add(DtypeTexts.CompiledElsewhere(line, $"{name} ({type.Name})", type, mode));
        }
    }

    private void ReadOperator(IOperation expression, IMethodSymbol method, SyntaxToken token)
    {
        var line = LineOf(token.GetLocation());

        // A | would end the table's cell.
        var label = token.Text.Contains('|') ? method.Name : token.Text;
        if (OperationTable.Find(method) is { } operation)
        {
            AddOperation(line, label, operation, known.Of(expression), namedDtype: null, isReplaced: false, listed.Other(method, expression));
        }
        else if (method.IsInSource() && method.HandlesTensors())
        {
            Enter(line, label, method, body.Mode, listed.Other(method, expression));
        }
    }

    /// <summary>A delegate of a method: the method as it is written runs, whoever calls it.</summary>
    private void ReadMethodGroup(IMethodReferenceOperation reference)
    {
        var line = LineOf(NameOf(reference.Syntax));
        var list = listed.OfReference(reference);
        if (OperationTable.Find(reference.Method, reference.Instance?.Type) is { } operation)
        {
            rows.Add(DtypeTexts.Row(line, Label(reference.Method), operation, body.Mode, result: default, namedDtype: null, false, list.Length > 0 ? list : operation.IsPinned ? ListedRows.ThroughDelegate : ""));
        }
        else if (reference.Method is { MethodKind: not MethodKind.LocalFunction } method && method.IsInSource() && method.HandlesTensors())
        {
            Enter(line, method.Name, method, body.Mode, list);
        }
        else if (list.Length > 0)
        {
            rows.Add(DtypeTexts.CompiledElsewhere(line, Label(reference.Method)) with { Intercepted = list });
        }
    }

    private void AddOperation(int line, string label, Operation operation, (string?, string?) result, string? namedDtype, bool isReplaced, string list = "")
    {
        if (!operation.Has(OperationTraits.Layout) || list.Length > 0)
        {
            var isConcerned = body.Mode.IsRegion && ((operation.IsPinned && namedDtype is null) || operation.Has(OperationTraits.FusedLinear));
            rows.Add(DtypeTexts.Row(line, label, operation, body.Mode, result, namedDtype, isReplaced, list.Length > 0 ? list : isConcerned ? DtypeTexts.YesOrNo(isReplaced) : ""));
        }
    }

    private void Enter(int line, string name, IMethodSymbol method, PlanMode mode, string intercepted)
        => rows.Add(Into(line, name, new PlannedBody(method.OriginalDefinition, ClassFor(method), mode), intercepted));

    /// <summary>A helper of the class itself keeps the class, whose overrides it may call; another type's is that type's.</summary>
    private INamedTypeSymbol ClassFor(IMethodSymbol method)
    {
        for (var current = body.Class; current is not null; current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current.OriginalDefinition, method.ContainingType.OriginalDefinition))
            {
                return method.IsStatic ? method.ContainingType.OriginalDefinition : body.Class;
            }
        }

        return method.ContainingType.OriginalDefinition;
    }

    private static PlanRow Into(int line, string name, PlannedBody target, string intercepted)
        => new(line, $"{name} → {BodyReader.TitleOf(target)}", "", "", "below", intercepted, target);

    private bool IsIntercepted(IInvocationOperation call)
        => flow.AreCallsIntercepted && InterceptedCalls.IsCandidate(call.Syntax, flow.Lists) && InterceptorBuilder.Build(call, flow.Lists) is not null;

    private int LineOf(Location location) => location.GetLineSpan().StartLinePosition.Line - firstLine + 1;

    private static Location NameOf(SyntaxNode syntax)
        => (syntax is MemberAccessExpressionSyntax access ? access.Name : syntax).GetLocation();

    private static string? NameOf(IOperation? receiver) => receiver?.WithoutConversions() switch
    {
        IPropertyReferenceOperation { Property.IsIndexer: true } indexer => NameOf(indexer.Instance) is { } name ? name + "[…]" : null,
        IMemberReferenceOperation member => member.Member.Name,
        ILocalReferenceOperation local => local.Local.Name,
        IParameterReferenceOperation parameter => parameter.Parameter.Name,
        IConditionalAccessInstanceOperation instance => NameOf(FullPrecisionMember.Accessed(instance)),
        { Type.Name: { Length: > 0 } type } => type,
        _ => null,
    };

    private static string Label(IMethodSymbol method) => $"{method.ContainingType.Name}.{method.Name}";
}
