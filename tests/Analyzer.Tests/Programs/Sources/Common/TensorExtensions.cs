namespace Models.Common;

/// <summary>What several models do with tensors.</summary>
public static class TensorExtensions
{
    /// <summary>(batch, length, width) to (batch, heads, length, width / heads).</summary>
    public static Tensor SplitHeads(this Tensor x, long heads)
        => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

    /// <summary>(batch, heads, length, width / heads) to (batch, length, width).</summary>
    public static Tensor MergeHeads(this Tensor x)
        => x.transpose(1, 2).contiguous().view(x.shape[0], x.shape[2], -1);

    /// <summary>Repeats heads of keys and values for groups of queries.</summary>
    public static Tensor RepeatHeads(this Tensor x, long times)
        => times == 1 ? x : x.unsqueeze(2).expand(x.shape[0], x.shape[1], times, x.shape[2], x.shape[3]).reshape(x.shape[0], -1, x.shape[2], x.shape[3]);

    /// <summary>(batch, channels, height, width) to (batch, height · width, channels).</summary>
    public static Tensor ToTokens(this Tensor x) => x.flatten(2).transpose(1, 2);

    /// <summary>(batch, height · width, channels) to an image of the given height.</summary>
    public static Tensor ToImage(this Tensor x, long height)
        => x.transpose(1, 2).reshape(x.shape[0], x.shape[2], height, -1);

    /// <summary>Vectors of length 1.</summary>
    public static Tensor UnitLength(this Tensor x)
    {
        var length = x.norm(-1, keepdim: true); // want PRC1002
        return x / (length + 1e-10); // want PRC1008 (region, fp16)
    }

    /// <summary>Each image with mean 0 and spread 1.</summary>
    public static Tensor Standardised(this Tensor x)
    {
        var spread = x.std([1L, 2L, 3L], keepdim: true); // want PRC1002
        return (x - x.mean([1L, 2L, 3L], keepdim: true)) / (spread + 1e-3);
    }
}
