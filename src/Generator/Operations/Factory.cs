using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Operations;

/// <summary>A member that makes tensors, or hands on the one that it is given. Autocast has no part in these, so that the table leaves them out.</summary>
/// <param name="Kind">What dtype it gives.</param>
/// <param name="Numbers">The parameters whose numbers are converted to the result's dtype.</param>
internal sealed record Factory(FactoryKind Kind, ImmutableArray<string> Numbers)
{
    private static readonly Dictionary<string, Factory> ByMember = new Dictionary<FactoryKind, string[]>
    {
        [FactoryKind.Default] =
        [
            "zeros", "ones", "rand", "randn", "empty", "eye", "linspace", "logspace", "empty_strided",
            "hann_window", "hamming_window", "bartlett_window", "blackman_window", "kaiser_window",
        ],
        [FactoryKind.Filled] = ["full"],
        [FactoryKind.Range] = ["arange"],
        [FactoryKind.Int64] = ["randint", "randperm", "multinomial", "bincount", "tril_indices", "triu_indices"],
        [FactoryKind.Bool] = ["isin"],
        [FactoryKind.Like] = ["zeros_like", "ones_like", "rand_like", "randn_like", "empty_like", "full_like", "randint_like"],
        [FactoryKind.New] = ["new_zeros", "new_ones", "new_empty", "new_full"],
        [FactoryKind.Data] = ["tensor", "as_tensor", "from_array"],
        [FactoryKind.Same] =
        [
            "Parameter", "AsParameter", "alias", "cpu", "cuda", "mps", "pin_memory", "requires_grad_", "with_requires_grad",
            "MoveToOuterDisposeScope", "DetachFromDisposeScope", "MoveToOtherDisposeScope", "bernoulli", "align_as", "align_to",
            "refine_names", "rename", "to_dense", "uniform_", "normal_", "bernoulli_", "exponential_", "random_", "constant_", "set_requires_grad",
        ],
    }
        .SelectMany(static kind => kind.Value.Select(member => (member, factory: new Factory(kind.Key, NumbersOf(member)))))
        .ToDictionary(static pair => pair.member, static pair => pair.factory, StringComparer.Ordinal);

    /// <summary>A factory by the member's name; null where it is none that is known.</summary>
    public static Factory? Find(string member) => ByMember.TryGetValue(member, out var factory) ? factory : null;

    /// <summary>Whether a member fills what it makes with ones.</summary>
    public static bool MakesOnes(string member) => member is "ones" or "ones_like" or "new_ones";

    /// <summary>Whether a member makes nothing but zeros and ones, with ones among them.</summary>
    public static bool MakesZerosAndOnes(string member) => member is "eye" || MakesOnes(member);

    /// <summary>Whether a member makes a tensor of a shape that it is told, filled with one number or with nothing that counts.</summary>
    public static bool MakesBlank(string member) => member is "zeros" or "zeros_like" or "new_zeros" or "full" or "full_like" or "new_full" || MakesOnes(member);

    /// <summary>Whether a member writes a number into the tensor that it is given.</summary>
    public static bool WritesNumber(string member) => member is "fill_" or "constant_" or "masked_fill_" or "index_fill_";

    /// <summary>The number of a tensor that has one element and no dimension; null for other calls.</summary>
    public static IOperation? NumberOfOne(IInvocationOperation call)
        => call.TargetMethod.IsTorchSharps() && Find(call.TargetMethod.Name) is { Kind: FactoryKind.Data, Numbers: [var number, ..] }
            ? call.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == number)?.Value
            : null;

    /// <summary>The names of those that make numbers in equal steps.</summary>
    public static IEnumerable<string> WithSteps => ["arange", "linspace"];

    /// <summary>The parameters of a member that makes numbers in equal steps; null of others.</summary>
    public static StepParameters? StepsOf(string member) => member switch
    {
        "arange" => new("start", "stop", Step: "step", Count: null),
        "linspace" => new("start", "end", Step: null, Count: "steps"),
        _ => null,
    };

    /// <summary>The names of those that take numbers.</summary>
    public static IEnumerable<string> WithNumbers => ByMember.Where(static pair => !pair.Value.Numbers.IsEmpty).Select(static pair => pair.Key);

    private static ImmutableArray<string> NumbersOf(string member) => member switch
    {
        "full" or "full_like" or "new_full" => ["value"],
        "tensor" => ["scalar"],
        "constant_" => ["val"],
        _ => [],
    };
}

/// <summary>The parameters that say where numbers in equal steps begin and end.</summary>
/// <param name="Start">The first number.</param>
/// <param name="Stop">The number at which they end.</param>
/// <param name="Step">The distance of two; null where the member has no such parameter.</param>
/// <param name="Count">How many; null where the member has no such parameter.</param>
internal sealed record StepParameters(string Start, string Stop, string? Step, string? Count);
