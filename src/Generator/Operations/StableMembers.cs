namespace Precision.Generator.Operations;

/// <summary>Members that compute in one step, and precisely, what people compose of two or three.</summary>
internal static class StableMembers
{
    public const string LogSoftmax = "log_softmax";

    public const string LogSigmoid = "log_sigmoid";

    public const string Log1p = "log1p";

    public const string Expm1 = "expm1";

    public const string LogSumExp = "logsumexp";

    /// <summary>Of a loss that takes probabilities, the one that takes what goes into the sigmoid: the function, or what makes the module.</summary>
    public static string WithLogits(Operation loss) => loss.Member == OperationTable.Forward ? "BCEWithLogitsLoss" : loss.Member + "_with_logits";
}
