namespace Models.Vision;

/// <summary>A learned number for each head and each distance inside a window.</summary>
public sealed class RelativePositionBias : Module
{
    private readonly Parameter table;
    private readonly Tensor index;
    private readonly int area;

    public RelativePositionBias(int window, int heads)
        : base(nameof(RelativePositionBias))
    {
        area = window * window;
        table = Parameter(zeros((2 * window - 1) * (2 * window - 1), heads));
        index = Index(window);
        register_buffer("index", index, persistent: false);
        RegisterComponents();
    }

    /// <summary>(heads, area, area).</summary>
    public Tensor Bias => table.index_select(0, index).view(area, area, -1).permute(2, 0, 1);

    private static Tensor Index(int window)
    {
        var rows = arange(window).repeat_interleave(window);
        var columns = arange(window).repeat(window);
        var vertical = rows.unsqueeze(1) - rows.unsqueeze(0) + (window - 1);
        var horizontal = columns.unsqueeze(1) - columns.unsqueeze(0) + (window - 1);
        return (vertical * (2 * window - 1) + horizontal).flatten();
    }
}
