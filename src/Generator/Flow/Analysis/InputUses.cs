using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Uses;
using Precision.Generator.Interception;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>What methods do with the tensors that they are given, also in the methods and modules that they give them to.</summary>
internal sealed class InputUses(Func<IMethodSymbol, CancellationToken, Body?> bodyOf, Holdings holdings)
{
    private readonly Func<IMethodSymbol, CancellationToken, Body?> bodyOf = bodyOf;
    private readonly Holdings holdings = holdings;

    /// <summary>How many calls deep a parameter is followed: that is done by recursion.</summary>
    private const int MaximumDepth = 30;

    private readonly ConcurrentDictionary<IMethodSymbol, TensorUse[]> known = new(SymbolEqualityComparer.Default);

    /// <summary>What is done with a parameter.</summary>
    public TensorUse Of(IParameterSymbol parameter, CancellationToken token)
        => new Search(this, token).Of((IMethodSymbol)parameter.ContainingSymbol, parameter.Ordinal);

    private sealed class Search(InputUses all, CancellationToken token)
    {
        /// <summary>The methods whose uses are being found.</summary>
        private readonly List<IMethodSymbol> open = [];

        /// <summary>The outermost of them that was needed to find its own; what was found inside it knows less than it could.</summary>
        private int cut = int.MaxValue;

        /// <summary>What a method does with one of its parameters.</summary>
        public TensorUse Of(IMethodSymbol method, int ordinal)
        {
            method = method.OriginalDefinition;
            if (ordinal >= method.Parameters.Length || !method.IsInSource() || open.Count == MaximumDepth)
            {
                return TensorUse.Unknown;
            }

            if (!all.known.TryGetValue(method, out var found))
            {
                var at = open.FindIndex(other => SymbolEqualityComparer.Default.Equals(other, method));
                if (at >= 0)
                {
                    // What it does with it by calling itself, it does.
                    cut = Math.Min(cut, at);
                    return TensorUse.None;
                }

                open.Add(method);
                found = Find(method);
                open.RemoveAt(open.Count - 1);
                cut = cut >= open.Count ? int.MaxValue : cut;
                if (cut == int.MaxValue)
                {
                    all.known.TryAdd(method, found);
                }
            }

            return found[ordinal];
        }

        private TensorUse[] Find(IMethodSymbol method)
        {
            token.ThrowIfCancellationRequested();
            var inBody = method.Parameters.Any(static parameter => parameter.Type.IsTensorOrDerived()) && all.bodyOf(method, token) is { IsReadable: true } body
                ? InBody(body.Root)
                : null;
            return [.. method.Parameters.Select(parameter => inBody is null || !parameter.Type.IsTensorOrDerived() ? TensorUse.Unknown : Of(parameter, inBody))];
        }

        private TensorUse Of(IParameterSymbol parameter, IReadOnlyDictionary<ISymbol, TensorUses> inBody)
        {
            var (use, seen, waiting) = (TensorUse.None, new HashSet<ISymbol>(SymbolEqualityComparer.Default) { parameter }, new Stack<ISymbol>());
            waiting.Push(parameter);
            while (waiting.Count > 0)
            {
                if (!inBody.TryGetValue(waiting.Pop(), out var found))
                {
                    continue;
                }

                use |= found.Shown;
                foreach (var given in found.Given)
                {
                    // What is floating is no index, whatever else is done with it.
                    use |= (use & TensorUse.Floating) == 0 ? Given(given) : TensorUse.None;
                }

                foreach (var copy in found.Copies.Where(seen.Add))
                {
                    waiting.Push(copy);
                }
            }

            return use;
        }

        /// <summary>What is done with an argument of a call.</summary>
        private TensorUse Given(IArgumentOperation argument)
        {
            var (call, ordinal) = ((IInvocationOperation)argument.Parent!, argument.Parameter!.Ordinal);
            if (!FullPrecisionCall.IsModuleMethod(call.TargetMethod) || call.TargetMethod.Name is not (OperationTable.Forward or OperationTable.Call))
            {
                return Of(call.TargetMethod, ordinal);
            }

            return call.Instance is not { } instance ? TensorUse.Unknown
                : instance.Type is INamedTypeSymbol type && ForwardMethods.Of(type) is { } forward ? Of(forward, ordinal)
                : Of(all.holdings.ReaderOf(token).Read(instance), ordinal);
        }

        private TensorUse Of(Held held, int ordinal)
        {
            var use = held.IsKnown ? TensorUse.None : TensorUse.Unknown;
            foreach (var module in held.Modules)
            {
                use |= module switch
                {
                    { IsCollection: true, IsOrdered: true, Elements: [var first, ..] } => Of(first, ordinal),
                    { IsCollection: false, Type: { } type } => ForwardMethods.Of(type) is { } forward ? Of(forward, ordinal)
                        : OperationTable.FindModule(type) is { } layer ? TensorUses.Of(layer, ordinal)
                        : TensorUse.Unknown,
                    _ => TensorUse.Unknown,
                };
            }

            return use;
        }
    }

    private static IReadOnlyDictionary<ISymbol, TensorUses> InBody(IOperation root)
    {
        var uses = new Dictionary<ISymbol, TensorUses>(SymbolEqualityComparer.Default);
        foreach (var operation in root.DescendantsAndSelf())
        {
            ISymbol? variable = operation switch
            {
                ILocalReferenceOperation { IsDeclaration: false, Local: var local } => local,
                IParameterReferenceOperation { Parameter: var parameter } => parameter,
                _ => null,
            };
            if (variable is null || operation.Type?.IsTensorOrDerived() != true)
            {
                continue;
            }

            if (!uses.TryGetValue(variable, out var ofVariable))
            {
                uses.Add(variable, ofVariable = new TensorUses());
            }

            ofVariable.Note(operation);
        }

        return uses;
    }
}
