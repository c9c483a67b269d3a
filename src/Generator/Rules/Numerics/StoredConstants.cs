using Microsoft.CodeAnalysis;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>Members of TorchSharp that convert a number to the dtype of their result and keep or compare it there.</summary>
internal static class StoredConstants
{
    /// <summary>The parameters that take such numbers, by member.</summary>
    private static readonly Dictionary<string, string[]> Parameters = new(StringComparer.Ordinal)
    {
        ["masked_fill"] = ["value"],
        ["masked_fill_"] = ["value"],
        ["index_fill"] = ["value"],
        ["index_fill_"] = ["value"],
        ["fill_"] = ["value"],
        ["full"] = ["value"],
        ["full_like"] = ["value"],
        ["new_full"] = ["value"],
        ["tensor"] = ["scalar"],
        ["pad"] = ["value"],
        ["threshold"] = ["threshold", "value"],
        ["hardtanh"] = ["min", "max", "min_val", "max_val"],
        ["clamp"] = ["min", "max"],
        ["clamp_"] = ["min", "max"],
        ["clip"] = ["min", "max"],
        ["clip_"] = ["min", "max"],
        ["clamp_min"] = ["min"],
        ["clamp_min_"] = ["min"],
        ["clamp_max"] = ["max"],
        ["clamp_max_"] = ["max"],
        ["where"] = ["x", "y"],
    };

    /// <summary>The members.</summary>
    public static IEnumerable<string> Members => Parameters.Keys;

    /// <summary>Whether a member is one of them.</summary>
    public static bool Contains(string member) => Parameters.ContainsKey(member);

    /// <summary>
    /// Whether libtorch converts the number without asking whether it fits, which makes it infinite; else it throws.
    /// </summary>
    public static bool AreUnchecked(string member) => member is "where" or "tensor";

    /// <summary>
    /// The value whose dtype the numbers take: the result, or in <c>where</c> the other side, since a condition says nothing.
    /// </summary>
    public static IOperation Target(OperationContext context)
        => context.Method.Name == "where"
            && Parameters["where"].Select(context.Argument).Append(context.Invocation?.Instance)
                .FirstOrDefault(side => side?.WithoutConversions().Type?.IsTensorOrDerived() == true) is { } side
                    ? side
                    : context.Operation;

    /// <summary>The numbers of a call, where they are constant and finite.</summary>
    public static IEnumerable<(IOperation Operand, double Number)> Of(OperationContext context)
    {
        foreach (var parameter in Parameters[context.Method.Name])
        {
            if (context.Argument(parameter) is { } operand && Constants.Of(operand, context.Flow) is { } number && !double.IsInfinity(number) && !double.IsNaN(number))
            {
                yield return (operand, number);
            }
        }
    }
}
