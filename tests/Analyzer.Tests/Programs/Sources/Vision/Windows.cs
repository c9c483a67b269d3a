namespace Models.Vision;

/// <summary>Cuts images of tokens into windows and puts them together again.</summary>
public static class Windows
{
    /// <summary>(batch, length, width) to (batch · windows, window², width).</summary>
    public static Tensor Partition(Tensor x, int side, int window)
    {
        var count = side / window;
        return x.view(-1, count, window, count, window, x.shape[^1])
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(-1, window * window, x.shape[^1]);
    }

    public static Tensor Reverse(Tensor x, int side, int window)
    {
        var count = side / window;
        return x.view(-1, count, count, window, window, x.shape[^1])
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(-1, side * side, x.shape[^1]);
    }

    /// <summary>Moves an image of tokens by some rows and columns.</summary>
    public static Tensor Shift(Tensor x, int side, int by)
        => by == 0 ? x : roll(x.view(x.shape[0], side, side, -1), [by, by], [1, 2]).reshape(x.shape[0], side * side, -1);
}
