namespace Models.Language;

/// <summary>From queries, keys and values to what is attended, in several ways.</summary>
internal static class AttentionKernels
{
    public static Tensor Run(AttentionKind kind, Tensor q, Tensor k, Tensor v, bool hardMask) => kind switch
    {
        AttentionKind.Upcast => Upcast(Scores(q, k), v),
        AttentionKind.Sliding => Sliding(Scores(q, k), v, window: 4),
        _ => Eager(hardMask ? HardMasked(q, k) : Scores(q, k), v),
    };

    private static Tensor Eager(Tensor scores, Tensor v)
    {
        var weights = functional.softmax(scores, dim: -1); // want PRC1001
        return matmul(weights.type_as(v), v);
    }

    private static Tensor Upcast(Tensor scores, Tensor v)
    {
        var weights = functional.softmax(scores, dim: -1, dtype: ScalarType.Float32);
        return matmul(weights, v); // want PRC1009 (fp16, bf16)
    }

    private static Tensor Sliding(Tensor scores, Tensor v, int window)
    {
        var far = ones(scores.shape[^2], scores.shape[^1], dtype: ScalarType.Bool, device: scores.device).tril(-window);
        var near = scores.masked_fill(far, float.NegativeInfinity);
        var weights = functional.softmax(near, dim: -1, dtype: scores.dtype); // want PRC1016
        return matmul(weights, v);
    }

    private static Tensor Scores(Tensor q, Tensor k)
    {
        var scores = matmul(q, k.transpose(2, 3)) / Math.Sqrt(q.shape[^1]); // want PRC1013 (region, fp16)
        var bias = full(q.shape[2], k.shape[2], float.NegativeInfinity, dtype: scores.dtype, device: q.device);
        return scores + bias.triu(1 + k.shape[2] - q.shape[2]);
    }

    private static Tensor HardMasked(Tensor q, Tensor k)
    {
        var scores = matmul(q, k.transpose(2, 3)) / Math.Sqrt(q.shape[^1]); // want PRC1013 (region, fp16)
        var later = ones(q.shape[2], k.shape[2], dtype: ScalarType.Bool, device: q.device).triu(1 + k.shape[2] - q.shape[2]);
        return scores.masked_fill(later, float.MinValue); // want PRC1007
    }
}
