// A class that wraps a model which exists already.
using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/* block */

public class Detector : Module<Tensor, Tensor>
{
    private readonly Linear layer;

    public Detector(int classes) : base(nameof(Detector))
    {
        layer = Linear(4, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => layer.call(x);
}

public class DigitNet(int classes) : Detector(classes);
