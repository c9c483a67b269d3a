using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>
/// Walks the paths of a body, and of the helpers that it calls. Histories are kept apart: what is reported happens on a path, and two
/// branches on the same condition go the same way.
/// </summary>
/// <param name="effects">What calls do.</param>
/// <param name="codeOf">The body of a helper that matters; null for others.</param>
/// <param name="token">Cancels.</param>
internal sealed class Walk(Effects effects, Func<IMethodSymbol, Code?> codeOf, CancellationToken token)
{
    private const int MaximumDepth = 4;

    /// <summary>So many visits of blocks, and a body is given up: nothing is reported then.</summary>
    private int visitsLeft = 4000;

    /// <summary>Whether there were too many paths.</summary>
    public bool IsGivenUp => visitsLeft <= 0;

    private readonly Dictionary<(int Path, IInvocationOperation Call), int> paths = [];

    /// <summary>The histories where helpers end: on one path of calls they depend on the history where the helper begins.</summary>
    private readonly Dictionary<(int Path, History Entry), History[]> ended = [];

    /// <summary>Walks a body.</summary>
    /// <returns>The histories where it ends.</returns>
    public IReadOnlyCollection<History> Run(Frame frame)
    {
        if (frame.Code.GraphOf(frame.Function is { MethodKind: MethodKind.LocalFunction or MethodKind.AnonymousFunction } inner ? inner
            : null) is { } graph)
        {
            return Run(frame.Code.BlocksOf(graph), frame);
        }

        return Take(frame.Code.Steps, frame.Entry, frame);
    }

    private HashSet<History> Run(Block[] blocks, Frame frame)
    {
        var (seen, waiting, exits) = (new HashSet<(int, History)>(), new Stack<(Block, History)>(), new HashSet<History>());
        Reach(blocks[0].Ordinal, frame.Entry);
        while (waiting.Count > 0 && visitsLeft-- > 0)
        {
            token.ThrowIfCancellationRequested();
            var (block, history) = waiting.Pop();
            if (block.IsExit)
            {
                exits.Add(history);
                continue;
            }

            // An exception may leave a try block anywhere: what had happened by then is not known.
            foreach (var handler in block.Handlers)
            {
                Reach(handler, History.Unknown);
            }

            foreach (var after in Take(block.Steps, history, frame))
            {
                Follow(block, block.Conditional, after);
                Follow(block, block.FallThrough, after);
            }
        }

        return exits;

        void Reach(int block, History history)
        {
            if (seen.Add((block, history)))
            {
                waiting.Push((blocks[block], history));
            }
        }

        void Follow(Block block, Edge? edge, History history)
        {
            if (edge is null)
            {
                return;
            }

            var after = edge.Loop is { } loop ? Loops.Follow(loop, edge.OfLoop, history)
                : block.Condition is { } condition ? Decide(condition, edge.IsTrue, history, frame)
                : history;
            if (after is not null)
            {
                Reach(edge.Destination, edge.MayDoAnything ? History.Unknown : edge.Leave(after));
            }
        }
    }

    /// <summary>Goes one way at a condition.</summary>
    /// <returns>The history; null where the same condition went the other way before.</returns>
    private History? Decide(Condition condition, bool isTrue, History history, Frame frame)
    {
        history = history.Without(Topic.Straight);
        if (!condition.IsKept(frame.Caller is not null, codeOf))
        {
            return history;
        }

        var stage = isTrue != condition.IsNegated ? Stage.True : Stage.False;
        return history[condition.Key] is not { } known ? history.With(condition.Key, new Fact(stage)) : known.Stage == stage ? history : null;
    }

    /// <summary>Does what a block does.</summary>
    private IReadOnlyCollection<History> Take(Step[] steps, History entry, Frame frame)
    {
        IReadOnlyCollection<History> histories = [entry];
        foreach (var step in steps)
        {
            if (histories.Count == 1)
            {
                histories = Take(step, histories.First(), frame);
                continue;
            }

            var after = new HashSet<History>();
            foreach (var history in histories)
            {
                after.UnionWith(Take(step, history, frame));
            }

            histories = after;
        }

        return histories;
    }

    private IReadOnlyCollection<History> Take(Step step, History history, Frame frame) => step.Operation switch
    {
        IInvocationOperation call when step.Member is not TrainingMember.None => [effects.Call(step.Member, call, history, frame)],
        IInvocationOperation call => Call(call, history, frame),
        IObjectCreationOperation creation => [effects.Create(creation, history, frame)],
        IDeconstructionAssignmentOperation deconstruction
            => [Assignments.Deconstruct(deconstruction, history, frame, effects.Values)],
        _ when step.Variable is { } variable => [Assignments.Assign(variable, step.Value!, history, frame, effects.Values)],
        _ => [Assignments.Assign(step.Target!, step.Value!, history, frame, effects.Values)],
    };

    private IReadOnlyCollection<History> Call(IInvocationOperation call, History history, Frame frame)
    {
        var method = call.TargetMethod.OriginalDefinition;
        if (method.MethodKind is MethodKind.DelegateInvoke)
        {
            return [frame.Code.Lambdas.Any() ? History.Unknown : history];
        }

        if (!method.IsInSource())
        {
            return [effects.PassOn(call, history, frame)];
        }

        var code = frame.Code.HasLocalFunction(method) ? frame.Code : codeOf(method);
        if (code is null)
        {
            return [effects.UseReplaced(call, history, frame)];
        }

        if (!code.IsReadable || frame.Depth >= MaximumDepth || frame.IsRunning(method) || IsOpen(call))
        {
            return [History.Unknown];
        }

        if (!paths.TryGetValue((frame.Path, call), out var path))
        {
            paths.Add((frame.Path, call), path = paths.Count + 1);
        }

        if (!ended.TryGetValue((path, history), out var left))
        {
            var inner = Calls.Enter(call, code, frame, history, path);
            left = [.. new HashSet<History>(Run(inner).Select(last => Calls.Leave(inner, last)))];
            ended.Add((path, history), left);
        }

        return left;
    }

    /// <summary>Whether another method may run than the one that is named.</summary>
    private static bool IsOpen(IInvocationOperation call)
        => call.TargetMethod.MethodKind is not MethodKind.LocalFunction && call.IsVirtual && call.TargetMethod.IsOverridable()
            && call.TargetMethod.ContainingType.IsSealed is false;
}
