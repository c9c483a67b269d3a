using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Protocol;

/// <summary>
/// Whether a function trains with one optimizer in an order in which it matters to nobody who clears the gradients: each step takes the
/// gradients since the last one, and no others.
/// </summary>
internal sealed class GradientOrder
{
    private static readonly FactKey Gradients = new(Topic.Gradients);

    private readonly Func<IOperation, GradientEvent> eventOf;
    private readonly HashSet<SyntaxNode> drops = [];

    private GradientOrder(Func<IOperation, GradientEvent> eventOf) => this.eventOf = eventOf;

    /// <summary>Whether the order is that.</summary>
    public bool IsPlain { get; private set; } = true;

    /// <summary>Whether a call clears gradients that no step has used.</summary>
    public bool Drops(SyntaxNode clear) => drops.Contains(clear);

    /// <summary>Follows a function on all paths.</summary>
    /// <param name="code">The body that the function stands in.</param>
    /// <param name="function">The local function; null for the body itself.</param>
    /// <param name="eventOf">What an operation does with the gradients.</param>
    /// <param name="isRunAgain">Whether a later run begins with the gradients that an earlier one left.</param>
    public static GradientOrder Of(Code code, IMethodSymbol? function, Func<IOperation, GradientEvent> eventOf, bool isRunAgain)
    {
        var order = new GradientOrder(eventOf);
        var entry = After(History.Unknown, Stage.Ready);
        var exits = order.Run(code, function, [entry]);
        if (isRunAgain)
        {
            order.Run(code, function, [.. exits.Select(exit => After(History.Unknown, StageOf(exit)))]);
        }

        return order;
    }

    private HashSet<History> Run(Code code, IMethodSymbol? function, IEnumerable<History> entries)
    {
        var exits = new HashSet<History>();
        if (code.GraphOf(function) is not { } graph)
        {
            exits.UnionWith(entries.Select(entry => Take(code.Steps, entry)));
            IsPlain &= function is null;
            return exits;
        }

        var blocks = code.BlocksOf(graph);
        var seen = new HashSet<(int, History)>();
        var waiting = new Stack<(Block Block, History History)>();
        foreach (var entry in entries)
        {
            Reach(0, entry);
        }

        while (waiting.Count > 0 && IsPlain)
        {
            var (block, history) = waiting.Pop();
            history = Take(block.Steps, history);
            if (block.IsExit)
            {
                exits.Add(history);
            }

            foreach (var edge in new[] { block.Conditional, block.FallThrough })
            {
                if (edge is not null && (edge.Loop is { } loop ? Loops.Follow(loop, edge.OfLoop, history) : history) is { } after)
                {
                    Reach(edge.Destination, after);
                }
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
    }

    private History Take(Step[] steps, History history)
    {
        foreach (var step in steps)
        {
            switch (eventOf(step.Operation))
            {
                case GradientEvent.Backward:
                    IsPlain &= StageOf(history) is not Stage.Stepped;
                    history = After(history, Stage.Pending);
                    break;
                case GradientEvent.Step:
                    IsPlain &= StageOf(history) is Stage.Pending;
                    history = After(history, Stage.Stepped);
                    break;
                case GradientEvent.Clear:
                    if (StageOf(history) is Stage.Pending)
                    {
                        drops.Add(step.Operation.Syntax);
                    }

                    history = After(history, Stage.Ready);
                    break;
            }
        }

        return history;
    }

    private static History After(History history, Stage stage) => history.With(Gradients, new Fact(stage));

    private static Stage StageOf(History history) => history[Gradients]!.Stage;
}

/// <summary>What is done with gradients.</summary>
internal enum GradientEvent
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>They are cleared.</summary>
    Clear,

    /// <summary>They are added to.</summary>
    Backward,

    /// <summary>The weights are updated by them.</summary>
    Step,
}
