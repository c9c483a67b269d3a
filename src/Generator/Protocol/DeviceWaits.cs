using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>Reads that make the host wait for the device in every step of a loop that trains in mixed precision.</summary>
/// <param name="code">The body.</param>
/// <param name="codeOf">The body of a method; null where it has none here.</param>
/// <param name="isRepeated">Whether some loop calls a method of a name.</param>
internal sealed class DeviceWaits(Code code, Func<IMethodSymbol, Code?> codeOf, Func<string, bool> isRepeated)
{
    /// <summary>The calls that step, each once in a pass of the loop around it, and the code in which the optimizer's own step stands.</summary>
    private readonly List<(IInvocationOperation Call, SyntaxNode Loop, Code Code)> steps = [];

    /// <summary>Whether an operation may make the host wait for a device.</summary>
    public static bool Waits(IOperation operation) => operation switch
    {
        IPropertyReferenceOperation { Property: var property }
            => DeviceReads.IsNumberOfStep(property) || (DeviceReads.IsAnswerOfStep(property) && IsShown(operation)),
        IInvocationOperation call when DeviceReads.IsAnswerOfStep(call.TargetMethod) => IsShown(call),
        _ => DeviceReads.TensorOf(operation) is not null,
    };

    /// <summary>The reads of each loop, in the order of the text: the place in the body, and the read there or in a helper.</summary>
    public IEnumerable<IReadOnlyList<(IOperation At, IOperation Read)>> Find()
    {
        FindSteps();
        var reads = code.DeviceReads.Where(read => !CpuTensors.IsRead(read, code)).Select(static read => (At: read, Read: read)).ToList();
        return reads.Concat(ReadsOfHelpers())
            .GroupBy(found => LoopOf(found.At))
            .Where(group => group.Key is { } loop && TrainsInMixedPrecision(loop))
            .Select(static group => group.OrderBy(static found => found.At.Syntax.SpanStart).ToList())
            .Concat(StepsOnce(code, code.Root) && reads.FindAll(found => IsInEachCall(found.Read, code, code.Root)) is { Count: > 0 } own
                && TrainsInMixedPrecision(code) && code.Root.Syntax is MethodDeclarationSyntax method && isRepeated(method.Identifier.ValueText)
                    ? [own] : []);
    }

    /// <summary>What waits, as a message names it.</summary>
    public static string NameOf(IOperation read) => read switch
    {
        IInvocationOperation { TargetMethod.Name: var name } => name,
        IPropertyReferenceOperation { Property.Name: var name } => name,
        _ => read.Syntax.ToString(),
    };

    private void FindSteps()
    {
        foreach (var step in code.OptimizerSteps.Concat(code.Helpers))
        {
            var inner = TrainingMembers.Of(step.TargetMethod) is not TrainingMember.None ? code
                : CodeOf(step) is var (helper, scope) && StepsOnce(helper, scope) ? helper : null;
            if (inner is not null && Loops.Around(step.Syntax) is { } loop)
            {
                steps.Add((step, loop, inner));
            }
        }
    }

    /// <summary>Calls of methods that read whenever they are called. One that steps too is reported itself.</summary>
    private IEnumerable<(IOperation At, IOperation Read)> ReadsOfHelpers()
    {
        foreach (var call in code.Helpers)
        {
            if (LoopOf(call) is not null && CodeOf(call) is var (helper, scope) && (helper == code || !StepsOnce(helper, scope))
                && helper.DeviceReads.Find(read => !CpuTensors.IsRead(read, helper) && IsInEachCall(read, helper, scope)) is { } read)
            {
                yield return (call, read);
            }
        }
    }

    /// <summary>The loop around an operation that steps in each pass in which the operation runs; null where there is none.</summary>
    private SyntaxNode? LoopOf(IOperation operation)
    {
        var innermost = Loops.Repeating(operation.Syntax);
        for (var loop = innermost; loop is not null; loop = Loops.Around(loop))
        {
            if (steps.Exists(step => step.Loop == loop))
            {
                // A loop inside that computes no gradients evaluates.
                return (loop == innermost || code.Triggers.Exists(trigger => innermost!.Span.Contains(trigger.Span)))
                    && Guards.AreNone(operation, loop, other => steps.Exists(step => step.Loop == loop && IsIn(step.Call, other))) ? loop : null;
            }
        }

        return null;
    }

    /// <summary>Whether a loop steps with a scaler or a training, or runs an annotated model.</summary>
    private bool TrainsInMixedPrecision(SyntaxNode loop)
        => RunsModel(code, loop.Span.Contains)
            || steps.Exists(step => step.Loop == loop && (step.Code == code ? IsMixed(step.Call) : TrainsInMixedPrecision(step.Code)));

    private static bool TrainsInMixedPrecision(Code code) => code.OptimizerSteps.Exists(IsMixed) || RunsModel(code, static _ => true);

    private static bool IsMixed(IInvocationOperation step) => TrainingMembers.Of(step.TargetMethod) is not TrainingMember.OptimizerStep;

    private static bool RunsModel(Code code, Func<TextSpan, bool> isAsked)
    {
        var frame = new Frame(code, null, null, null, History.Unknown);
        return code.Root.Descendants().OfType<IInvocationOperation>().Any(call
            => isAsked(call.Syntax.Span) && AnnotatedModels.DtypesOf(call, frame) is not ModelDtypes.None);
    }

    /// <summary>Where a method's statements stand; null for one that another may replace.</summary>
    private (Code Code, IOperation Scope)? CodeOf(IInvocationOperation call)
    {
        var method = call.TargetMethod.OriginalDefinition;
        return code.LocalFunctions.FirstOrDefault(function => SymbolEqualityComparer.Default.Equals(function.Symbol, method)) is { } local
            ? (code, local)
            : !method.IsOverridable() && codeOf(method) is { IsReadable: true } body ? (body, body.Root) : null;
    }

    private static bool StepsOnce(Code code, IOperation scope) => code.OptimizerSteps.Exists(step => IsDirectlyIn(step, scope));

    /// <summary>Whether an operation of a function runs in each step of it, or in each call if it makes none.</summary>
    private static bool IsInEachCall(IOperation operation, Code code, IOperation scope)
        => IsDirectlyIn(operation, scope)
            && Guards.AreNone(operation, scope.Syntax, outer => code.OptimizerSteps.Exists(step => IsIn(step, outer)));

    /// <summary>Whether an operation runs once when a function is called: in no other function, and in no loop.</summary>
    private static bool IsDirectlyIn(IOperation operation, IOperation scope)
    {
        for (var outer = operation.Parent; outer is not null; outer = outer.Parent)
        {
            if (outer == scope)
            {
                return true;
            }

            if (outer is IAnonymousFunctionOperation or ILocalFunctionOperation or ILoopOperation)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Whether a value goes to a text or to another method, and not into a decision or a computation.</summary>
    private static bool IsShown(IOperation value)
    {
        var parent = value.Parent;
        while (parent is IConversionOperation)
        {
            parent = parent.Parent;
        }

        return parent is IInterpolationOperation
            || parent is IArgumentOperation { Parent: IInvocationOperation { TargetMethod: var method } } && !method.IsTorchSharps();
    }

    private static bool IsIn(IOperation inner, IOperation outer) => outer.Syntax.Span.Contains(inner.Syntax.Span);
}
