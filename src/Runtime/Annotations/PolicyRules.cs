namespace Precision;

/// <summary>
/// Which combinations of dtypes a policy may have. Compiled into the generator too, so that attributes are judged at compile
/// time (PRC0005) as policies are at run time.
/// </summary>
internal static class PolicyRules
{
    /// <summary>The parameter dtype of a policy that gives none.</summary>
    public static Dtype DefaultParameters(Dtype compute, bool autocast) => autocast ? Dtype.Float32 : compute;

    /// <summary>What is wrong with a policy, in words that name the remedy; null when nothing is.</summary>
    public static string? Fault(Dtype compute, Dtype parameters, Dtype output, bool autocast)
    {
        if (compute is not (Dtype.Float32 or Dtype.Float16 or Dtype.BFloat16 or Dtype.Auto))
        {
            return $"The compute dtype cannot be {compute}: give Float32, Float16, BFloat16 or Auto";
        }

        if (parameters is not Dtype.Float32 && parameters != compute)
        {
            return $"Parameters cannot be stored as {parameters} where {compute} is computed: give "
                + (compute is Dtype.Float32 ? "Float32" : $"Float32 or {compute}");
        }

        if (output is not (Dtype.Unspecified or Dtype.Float32 or Dtype.Float16 or Dtype.BFloat16)
            && (output, compute) is not (Dtype.Auto, Dtype.Auto))
        {
            return $"The output dtype cannot be {output} where {compute} is computed: "
                + "leave it out, or give Float32, Float16 or BFloat16";
        }

        if (!autocast && parameters != compute)
        {
            return "Without autocast everything runs in the compute dtype, so parameters must be stored as "
                + $"{compute}, not {parameters}";
        }

        return null;
    }
}
