using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ImageClassification.Model;

/// <summary>Two convolutions beside a shortcut; halves height and width.</summary>
public class ResidualBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Sequential shortcut;

    /// <param name="inputs">Channels that come in.</param>
    /// <param name="outputs">Channels that go out.</param>
    public ResidualBlock(int inputs, int outputs)
        : base(nameof(ResidualBlock))
    {
        conv1 = Conv2d(inputs, outputs, 3, stride: 2, padding: 1, bias: false);
        bn1 = BatchNorm2d(outputs);
        conv2 = Conv2d(outputs, outputs, 3, padding: 1, bias: false);
        bn2 = BatchNorm2d(outputs);
        shortcut = Sequential(
            ("conv", Conv2d(inputs, outputs, 1, stride: 2, bias: false)),
            ("bn", BatchNorm2d(outputs)));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        var y = bn1.call(conv1.call(x)).relu();
        y = bn2.call(conv2.call(y));
        return (y + shortcut.call(x)).relu();
    }
}
