using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Protocol;

/// <summary>Goes into helpers.</summary>
internal static class Calls
{
    /// <summary>A helper that runs, with its arguments.</summary>
    public static Frame Enter(IInvocationOperation call, Code code, Frame caller, History history, int path = 0)
    {
        var method = call.TargetMethod;
        var frame = new Frame(code, method.OriginalDefinition, caller, call, history)
        {
            Path = path,
            Instance = call.Instance is null or IInstanceReferenceOperation ? caller.Instance : (call.Instance, caller),
        };
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is { } parameter)
            {
                frame.Bind(parameter.OriginalDefinition, argument.Value);
            }
        }

        return frame;
    }

    /// <summary>What is left of a history when a helper ends: nothing of its own variables and conditions.</summary>
    public static History Leave(Frame frame, History history)
    {
        var function = frame.Function!;
        var isLocal = frame.Caller!.Code == frame.Code;
        return history
            .WithoutPlaces(place
                => place.Owner is null
                    && SymbolEqualityComparer.Default.Equals(place.Symbol.ContainingSymbol?.OriginalDefinition, function))
            .Without(key => key.Topic switch
            {
                Topic.Condition
                    => isLocal ? key.Node == frame.Code.Root.Syntax && frame.Code.NamesPartOf(key.Text!, function)
                        : key.Node == frame.Code.Root.Syntax,
                Topic.Loop => function.DeclaringSyntaxReferences.Any(part
                    => part.SyntaxTree == key.Node!.SyntaxTree && part.Span.Contains(key.Node.Span)),
                _ => false,
            });
    }
}
