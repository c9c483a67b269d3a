using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Operations;

/// <summary>
/// What autocast does with TorchSharp's members: the one source that analyzers, interceptors, documentation and tests read.
/// Looking up allocates nothing and asks the compilation nothing, since it happens for every call that is typed.
/// </summary>
internal static class OperationTable
{
    private const string Resource = "operations.tsv";

    /// <summary>The member that a module's row describes.</summary>
    public const string Forward = "forward";

    /// <summary>The member that runs a module's <see cref="Forward"/> with its hooks.</summary>
    public const string Call = "call";

    /// <summary>The accessor that assigns elements of a tensor, as <c>x[0] = y</c> does.</summary>
    public const string SetElements = "set_TensorItems";

    /// <summary>Every row, in the table's order.</summary>
    public static ImmutableArray<Operation> All { get; } = Read();

    private static readonly Dictionary<string, Candidate[]> ByMember = Index(static operation => operation.Member, isForward: false);

    private static readonly Dictionary<string, Candidate[]> ByModule
        = Index(static operation => operation.Name, isForward: true);

    /// <summary>The row of a called member; null when the table has none.</summary>
    /// <param name="method">The method or operator.</param>
    /// <param name="receiver">The receiver's type: <c>call</c> is declared on the modules' common base.</param>
    public static Operation? Find(IMethodSymbol method, ITypeSymbol? receiver = null)
    {
        if (method.Name is Forward or Call)
        {
            return FindModule(receiver as INamedTypeSymbol ?? method.ContainingType);
        }

        if (ByMember.TryGetValue(method.Name, out var candidates))
        {
            foreach (var candidate in candidates)
            {
                if (candidate.Takes(method) && candidate.Type.Is(method.ContainingType))
                {
                    return candidate.Operation;
                }
            }
        }

        return null;
    }

    /// <summary>The row of a module's forward; null when the type is none of TorchSharp's modules.</summary>
    public static Operation? FindModule(INamedTypeSymbol? module)
    {
        for (var type = module; type is not null; type = type.BaseType)
        {
            if (ByModule.TryGetValue(type.Name, out var candidates) && candidates[0].Type.Is(type))
            {
                return candidates[0].Operation;
            }
        }

        return null;
    }

    private static ImmutableArray<Operation> Read()
    {
        using var stream = typeof(OperationTable).Assembly.GetManifestResourceStream(Resource);
        using var reader = new StreamReader(stream);
        return OperationTableReader.Read(reader);
    }

    private static Dictionary<string, Candidate[]> Index(Func<Operation, string> key, bool isForward)
    {
        var types = new Dictionary<string, DeclaringType>(StringComparer.Ordinal);
        foreach (var operation in All)
        {
            if (!types.ContainsKey(operation.Type))
            {
                types.Add(operation.Type, new DeclaringType(operation.Type));
            }
        }

        // Rows that name their parameters come first: the others are for every other overload.
        return All
            .Where(operation => operation.Member == Forward == isForward)
            .GroupBy(key, StringComparer.Ordinal)
            .ToDictionary(
                static group => group.Key,
                group => group
                    .OrderBy(static operation => operation.Parameters.IsDefault)
                    .Select(operation => new Candidate(operation, types[operation.Type]))
                    .ToArray(),
                StringComparer.Ordinal);
    }

    /// <summary>A row under its name.</summary>
    private readonly struct Candidate(Operation operation, DeclaringType type)
    {
        public Operation Operation { get; } = operation;

        public DeclaringType Type { get; } = type;

        public bool Takes(IMethodSymbol method)
        {
            var names = Operation.Parameters;
            if (names.IsDefault)
            {
                return true;
            }

            var parameters = method.Parameters;
            if (parameters.Length != names.Length)
            {
                return false;
            }

            for (var i = 0; i < names.Length; i++)
            {
                if (parameters[i].Type.Name != names[i])
                {
                    return false;
                }
            }

            return true;
        }
    }
}
