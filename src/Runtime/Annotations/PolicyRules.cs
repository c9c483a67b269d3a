namespace Precision;

/// <summary>Which combinations of dtypes a policy may have. The analyzer of PRC0005 says the same of attributes.</summary>
internal static class PolicyRules
{
    /// <summary>What is wrong with <paramref name="policy"/>, in words that name the remedy; null when nothing is.</summary>
    public static string? Fault(PrecisionPolicy policy)
    {
        if (!Enum.IsDefined(policy.Compute) || policy.Compute is Dtype.Unspecified)
        {
            return $"The compute dtype cannot be {policy.Compute}: give Float32, Float16, BFloat16 or Auto.";
        }

        if (policy.Parameters is not Dtype.Float32 && policy.Parameters != policy.Compute)
        {
            return $"Parameters cannot be stored as {policy.Parameters} where {policy.Compute} is computed: "
                + $"give Float32 or {policy.Compute}.";
        }

        if (!Enum.IsDefined(policy.Output) || (policy.Output is Dtype.Auto && policy.Compute is not Dtype.Auto))
        {
            return $"The output dtype cannot be {policy.Output} where {policy.Compute} is computed: "
                + "leave it out, or give Float32, Float16 or BFloat16.";
        }

        if (!policy.Autocast && policy.Parameters != policy.Compute)
        {
            return $"Without autocast everything runs in the compute dtype, so parameters must be stored as "
                + $"{policy.Compute}, not {policy.Parameters}.";
        }

        return null;
    }
}
