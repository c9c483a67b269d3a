namespace Models.Common;

/// <summary>Activations by the names that configurations use.</summary>
public static class Activations
{
    public static Module<Tensor, Tensor> Of(string name) => name switch
    {
        "relu" => ReLU(),
        "gelu" => GELU(),
        "silu" => SiLU(),
        "quick_gelu" => new QuickGelu(),
        "squared_relu" => new SquaredRelu(),
        _ => throw new ArgumentException($"Unknown activation '{name}'.", nameof(name)),
    };
}

/// <summary>The approximation of CLIP.</summary>
public sealed class QuickGelu : Module<Tensor, Tensor>
{
    public QuickGelu() : base(nameof(QuickGelu)) => RegisterComponents();

    public override Tensor forward(Tensor x) => x * (1.702 * x).sigmoid();
}

/// <summary>Primer's activation.</summary>
public sealed class SquaredRelu : Module<Tensor, Tensor>
{
    public SquaredRelu() : base(nameof(SquaredRelu)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var positive = functional.relu(x);
        return positive.square(); // want PRC1003 (region, fp16)
    }
}
