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

    private readonly ConcurrentDictionary<IMethodSymbol, Dictionary<object, TensorUse>[]> known = new(SymbolEqualityComparer.Default);

    /// <summary>Stands for a parameter as it is, where others are parts of one.</summary>
    private static readonly object Whole = new();

    /// <summary>What is done with a parameter.</summary>
    public TensorUse Of(IParameterSymbol parameter, CancellationToken token)
        => new Search(this, token).Of((IMethodSymbol)parameter.ContainingSymbol, parameter.Ordinal, Whole);

    /// <summary>What is done with the tensors that a parameter consists of, by the names of members, places, keys, and <see cref="PartUses.Elements"/>.</summary>
    public IEnumerable<KeyValuePair<object, TensorUse>> OfParts(IParameterSymbol parameter, CancellationToken token)
        => new Search(this, token).Of((IMethodSymbol)parameter.ContainingSymbol) is { } found
            ? found[parameter.Ordinal].Where(static part => part.Key != Whole)
            : [];

    private sealed class Search(InputUses all, CancellationToken token)
    {
        private readonly HeldReader reader = all.holdings.ReaderOf(token);

        /// <summary>The methods whose uses are being found.</summary>
        private readonly List<IMethodSymbol> open = [];

        /// <summary>The outermost of them that was needed to find its own; what was found inside it knows less than it could.</summary>
        private int cut = int.MaxValue;

        /// <summary>What a method does with one of its parameters, or with a part of it.</summary>
        public TensorUse Of(IMethodSymbol method, int ordinal, object part)
            => Of(method) is not { } found ? open.Contains(method.OriginalDefinition, SymbolEqualityComparer.Default) ? TensorUse.None : TensorUse.Unknown
                : ordinal >= found.Length ? TensorUse.Unknown
                : found[ordinal].TryGetValue(part, out var use) ? use : TensorUse.None;

        /// <summary>What a method does with its parameters; null where that is unknown, or is being found.</summary>
        public Dictionary<object, TensorUse>[]? Of(IMethodSymbol method)
        {
            method = method.OriginalDefinition;
            if (!method.IsInSource() || open.Count == MaximumDepth)
            {
                return null;
            }

            if (!all.known.TryGetValue(method, out var found))
            {
                var at = open.FindIndex(other => SymbolEqualityComparer.Default.Equals(other, method));
                if (at >= 0)
                {
                    // What it does with it by calling itself, it does.
                    cut = Math.Min(cut, at);
                    return null;
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

            return found;
        }

        private Dictionary<object, TensorUse>[] Find(IMethodSymbol method)
        {
            token.ThrowIfCancellationRequested();
            var inBody = method.Parameters.Length > 0 && all.bodyOf(method, token) is { IsReadable: true } body ? new PartUses(body.Root) : null;
            return [.. method.Parameters.Select(parameter => Find(parameter, inBody))];
        }

        private Dictionary<object, TensorUse> Find(IParameterSymbol parameter, PartUses? inBody)
        {
            if (inBody is null || parameter.Type.IsTensorOrDerived())
            {
                return new() { [Whole] = inBody is null ? TensorUse.Unknown : Of(inBody[parameter], Whole, inBody) };
            }

            var found = new Dictionary<object, TensorUse> { [Whole] = TensorUse.Unknown };
            var given = inBody[parameter].Given;
            foreach (var part in inBody.PartsOf(parameter).Concat(given.SelectMany(PartsOf)).Distinct())
            {
                found[part] = given.Aggregate(Of(inBody[parameter, part], Whole, inBody), (use, argument) => use | Given(argument, part));
            }

            return found;
        }

        private IEnumerable<object> PartsOf(IArgumentOperation argument)
        {
            var call = (IInvocationOperation)argument.Parent!;
            var taker = !IsForward(call) ? call.TargetMethod : call.Instance?.Type is INamedTypeSymbol type ? ForwardMethods.Of(type) : null;
            return taker is not null && argument.Parameter is { Ordinal: var ordinal } && Of(taker) is { } found && ordinal < found.Length
                ? found[ordinal].Keys.Where(static part => part != Whole)
                : [];
        }

        private TensorUse Of(TensorUses uses, object part, PartUses inBody)
        {
            var (use, seen, waiting) = (TensorUse.None, new HashSet<ISymbol>(SymbolEqualityComparer.Default), new Stack<TensorUses>());
            waiting.Push(uses);
            while (waiting.Count > 0)
            {
                var found = waiting.Pop();
                use |= found.Shown;
                foreach (var given in found.Given)
                {
                    // What is floating is no index, whatever else is done with it.
                    use |= (use & TensorUse.Floating) == 0 ? Given(given, part) : TensorUse.None;
                }

                foreach (var copy in found.Copies.Where(seen.Add))
                {
                    waiting.Push(inBody[copy]);
                }
            }

            return use;
        }

        /// <summary>What is done with an argument of a call.</summary>
        private TensorUse Given(IArgumentOperation argument, object part)
        {
            var call = (IInvocationOperation)argument.Parent!;
            if (argument.Parameter is not { Ordinal: var ordinal })
            {
                return TensorUse.Unknown;
            }

            if (!IsForward(call))
            {
                return Of(call.TargetMethod, ordinal, part);
            }

            return call.Instance is not { } instance ? TensorUse.Unknown
                : instance.Type is INamedTypeSymbol type && ForwardMethods.Of(type) is { } forward ? Of(forward, ordinal, part)
                : Of(reader.Read(instance), ordinal, part);
        }

        private static bool IsForward(IInvocationOperation call)
            => call.TargetMethod.IsOfModule() && call.TargetMethod.Name is OperationTable.Forward or OperationTable.Call;

        private TensorUse Of(Held held, int ordinal, object part)
        {
            var use = held.IsKnown ? TensorUse.None : TensorUse.Unknown;
            foreach (var module in held.Modules)
            {
                use |= module switch
                {
                    { IsCollection: true } => OfFirst(module, ordinal, part, out var mayPass) | (mayPass ? TensorUse.Unknown : TensorUse.None),
                    { IsCollection: false, Type: { } type } => ForwardMethods.Of(type) is { } forward ? Of(forward, ordinal, part)
                        : part == Whole && OperationTable.FindModule(type) is { } layer ? TensorUses.Of(layer, ordinal)
                        : TensorUse.Unknown,
                    _ => TensorUse.Unknown,
                };
            }

            return use;
        }

        /// <summary>What the modules of a container that may run first do with its input.</summary>
        /// <param name="container">The container, or a part of it.</param>
        /// <param name="ordinal">The parameter.</param>
        /// <param name="part">The part of what it gets.</param>
        /// <param name="mayPass">Whether none of them may run.</param>
        private TensorUse OfFirst(HeldModule container, int ordinal, object part, out bool mayPass)
        {
            var use = TensorUse.None;
            foreach (var element in container.Elements)
            {
                mayPass = false;
                foreach (var module in element.Modules)
                {
                    var mayPassRun = false;
                    use |= module.IsRun ? OfFirst(module, ordinal, part, out mayPassRun) : Of(new Held([module], IsOpen: false), ordinal, part);
                    mayPass |= mayPassRun;
                }

                use |= element.IsOpen ? TensorUse.Unknown : TensorUse.None;
                if (container.IsOrdered && !mayPass)
                {
                    mayPass = container.Rounds is Rounds.Any;
                    return use;
                }
            }

            mayPass = true;

            // Of those in any order, what takes indices comes before what takes floating tensors.
            return container.IsOrdered || (use & TensorUse.Index) == 0 ? use : use & ~TensorUse.Floating;
        }
    }
}
