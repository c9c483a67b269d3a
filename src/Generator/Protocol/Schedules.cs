using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Protocol;

/// <summary>Learning-rate schedules, which go on with the steps that were applied.</summary>
internal static class Schedules
{
    /// <summary>Notes a step whose result nobody reads.</summary>
    /// <param name="call">The step.</param>
    /// <param name="place">The scaler or training that steps.</param>
    /// <param name="isRead">Whether something else asks what became of the step.</param>
    /// <param name="history">What has happened.</param>
    /// <param name="frame">Where.</param>
    public static History Ignore(IInvocationOperation call, Place place, bool isRead, History history, Frame frame)
        => history.With(
            new(Topic.IgnoredStep, place),
            !isRead && !IsRepeatedInside(call, frame) && IsDropped(call, frame.Code)
                ? new Fact(Stage.True, frame.SiteOf(call), Text: call.TargetMethod.Name) : null);

    /// <summary>A schedule's step, which must not be taken when the optimizer's was skipped.</summary>
    public static History Step(IInvocationOperation call, History history, Frame frame, Reports reports)
    {
        var site = frame.SiteOf(call);
        foreach (var (key, fact) in history.Of(Topic.IgnoredStep).Select(static fact => (fact.Key, fact.Value)))
        {
            if (fact.At is { } step && !IsRepeatedInside(call, frame) && Loops.Around(step.Anchor) is { } loop
                && loop == Loops.Around(site.Anchor)
                && !MayStepInLoop(frame.Outermost.Code, loop))
            {
                reports.Add(MisuseKind.IgnoredStep, site, frame, (key, fact), [step], $"{key.Object!.Name}.{fact.Text}");
            }
        }

        return history;
    }

    /// <summary>Whether a helper runs a call in a loop of its own: the loop around the helper is another one then.</summary>
    private static bool IsRepeatedInside(IOperation call, Frame frame)
    {
        for (var (inside, current) = (call, frame); current.Caller is not null; (inside, current) = (current.Call!, current.Caller))
        {
            if (Loops.Around(inside.Syntax) is not null || MayStepInLoop(current.Code, around: null))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a loop, inside another one, steps too: then a schedule goes on once in many steps.</summary>
    private static bool MayStepInLoop(Code code, SyntaxNode? around)
        => code.OptimizerSteps.Concat(code.Helpers).Any(step
            => Loops.Around(step.Syntax) is { } loop && loop != around && around?.Span.Contains(loop.Span) is not false);

    private static bool IsDropped(IInvocationOperation call, Code code) => call.Parent switch
    {
        IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation } => true,
        IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } } => !code.Root.Descendants().Any(other
            => other is ILocalReferenceOperation { IsDeclaration: false } reference
                && SymbolEqualityComparer.Default.Equals(reference.Local, local)),
        _ => false,
    };
}
