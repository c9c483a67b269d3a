using System.Collections.Immutable;

namespace Precision.Generator.Operations;

/// <summary>One row of the operation table: a TorchSharp member.</summary>
/// <param name="Type">The metadata name of the type that declares the member; of a module, its <c>forward</c>.</param>
/// <param name="Member">The member's name; operators by their metadata name.</param>
/// <param name="Parameters">The names of the parameters' types, where overloads differ; default for every other overload.</param>
/// <param name="Cuda">The policy on CUDA.</param>
/// <param name="Cpu">The policy on the CPU.</param>
/// <param name="Result">The result's dtype where the policy does not say it.</param>
/// <param name="Integers">What it gives for integers and booleans.</param>
/// <param name="Rank">Whether the result has dimensions.</param>
/// <param name="IsPinned">Whether TorchSharp always passes an explicit dtype, so that the policy cannot act.</param>
/// <param name="DtypeParameter">The name of the parameter that sets the result's dtype, which some overloads have; null if none.</param>
/// <param name="Numbers">The parameters whose numbers are converted to the result's dtype and kept or compared there.</param>
/// <param name="Limit">The input from which on Float16 results are infinite; null where there is no such number.</param>
/// <param name="Free">The tensor parameter that may have another dtype than the others, in an operation that promotes nothing; null if none.</param>
/// <param name="Traits">What the rules ask for.</param>
/// <param name="Note">What is surprising about it; null if nothing.</param>
internal sealed record Operation(
    string Type,
    string Member,
    ImmutableArray<string> Parameters,
    AutocastPolicy Cuda,
    AutocastPolicy Cpu,
    ResultDtype Result,
    IntegerResult Integers,
    ResultRank Rank,
    bool IsPinned,
    string? DtypeParameter,
    ImmutableArray<string> Numbers,
    double? Limit,
    string? Free,
    OperationTraits Traits,
    string? Note)
{
    /// <summary>What people call it: of a module its class, of an operator <c>Addition</c>, else the member.</summary>
    public string Name { get; } = Member == OperationTable.Forward ? Type[(Type.LastIndexOf('.') + 1)..]
        : Member.StartsWith("op_", StringComparison.Ordinal) ? Member[3..]
        : Member;

    /// <summary>Whether it has one trait at least of several.</summary>
    public bool Has(OperationTraits traits) => (Traits & traits) != 0;
}
