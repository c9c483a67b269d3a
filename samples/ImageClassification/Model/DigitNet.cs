using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ImageClassification.Model;

/// <summary>
/// A small residual network (He et al. 2015) as anybody writes it with TorchSharp. It knows nothing of mixed precision, and nothing
/// in it was changed for that: think of it as a model that exists already, perhaps in another assembly.
/// </summary>
public class DigitNet : Module<Tensor, Tensor>
{
    private readonly Sequential stem;
    private readonly ResidualBlock block1;
    private readonly ResidualBlock block2;
    private readonly Linear classifier;

    /// <param name="classes">How many classes to tell apart.</param>
    public DigitNet(int classes)
        : base(nameof(DigitNet))
    {
        stem = Sequential(
            ("conv", Conv2d(1, 16, 3, padding: 1, bias: false)),
            ("bn", BatchNorm2d(16)),
            ("relu", ReLU()));
        block1 = new ResidualBlock(16, 32);
        block2 = new ResidualBlock(32, 64);
        classifier = Linear(64, classes);
        RegisterComponents();
    }

    /// <param name="images">[batch, 1, height, width].</param>
    /// <returns>Logits [batch, classes].</returns>
    public override Tensor forward(Tensor images)
    {
        var x = stem.call(images);
        x = block1.call(x);
        x = block2.call(x);
        return classifier.call(x.mean([2, 3]));
    }
}
