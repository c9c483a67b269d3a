using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Interception;
using Precision.Generator.Lists;
using Precision.Generator.Plan.Models;

namespace Precision.Generator.Plan;

/// <summary>What the user's lists of operations say in the rows of one body. Where it runs in float32 they change nothing.</summary>
/// <param name="flow">What is known of the compilation.</param>
/// <param name="mode">What the body runs in.</param>
internal sealed class ListedRows(FlowContext flow, PlanMode mode)
{
    public const string ThroughDelegate = "no: through a delegate";

    /// <summary>What a list makes of a call; null where none is about it.</summary>
    public ListedRow? Of(IInvocationOperation call)
        => mode == PlanMode.FullPrecision || ListedCall.Find(call, flow.Lists) is not { } member ? null
            : new(member, mode, flow.AreCallsIntercepted ? ListedCall.Obstacle(call) : "interceptors are off");

    /// <summary>For the reader: a module whose class is on a list, where its call is not replaced; empty where no list is about it.</summary>
    public string OfUnreplaced(INamedTypeSymbol? module, IOperation call, string reason)
        => mode == PlanMode.FullPrecision || flow.Lists.FindModule(module, call.Syntax.SyntaxTree) is null ? "" : "no: " + reason;

    /// <summary>For the reader: a method that is turned into a delegate; empty where no list is about it.</summary>
    public string OfReference(IMethodReferenceOperation reference)
        => mode == PlanMode.FullPrecision || flow.Lists.Find(reference.Method, reference.Instance?.Type, reference.Syntax.SyntaxTree) is null ? "" : ThroughDelegate;

    /// <summary>For the reader: a use of a property, constructor or operator; empty where no list is about it.</summary>
    public string Other(ISymbol? symbol, IOperation use)
        => mode == PlanMode.FullPrecision || flow.Lists.FindOther(symbol, use.Syntax.SyntaxTree) is null ? ""
            : symbol switch
            {
                IPropertySymbol => "no: a property",
                IMethodSymbol { MethodKind: MethodKind.Constructor } => "no: a constructor",
                _ => "no: an operator",
            };
}

/// <summary>What a list makes of one call.</summary>
/// <param name="Member">What the list says.</param>
/// <param name="Around">What is around the call.</param>
/// <param name="Obstacle">Why the call is not replaced; null where it is.</param>
internal sealed record ListedRow(ListedMember Member, PlanMode Around, string? Obstacle)
{
    public bool IsReplaced => Obstacle is null;

    public bool IsFloat32 => Member.Dtype is ListedDtype.Float32;

    /// <summary>What the member runs in.</summary>
    public PlanMode Mode => IsReplaced && IsFloat32 ? PlanMode.FullPrecision : Around;

    /// <summary>The dtype that its inputs are cast to.</summary>
    public string Dtype => (IsFloat32 ? Precision.Dtype.Float32 : Around.Compute).ToString();

    /// <summary>What decides it.</summary>
    public string Why => "list of " + Member.List;

    /// <summary>Whether the compiler replaces the call.</summary>
    public string Intercepted => Obstacle is null ? DtypeTexts.Yes : "no: " + Obstacle;
}
