using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Generated;

/// <summary>A convolution and a linear layer, as a user writes them; remembers what dtypes it saw.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class ConvolutionalModel : Module<Tensor, Tensor>
{
    private readonly Conv1d convolution = Conv1d(2, 3, 3);
    private readonly Linear linear = Linear(6, 4);

    public ConvolutionalModel()
        : base(nameof(ConvolutionalModel)) => RegisterComponents();

    /// <summary>The dtype of the last linear layer's output.</summary>
    public ScalarType? Inside { get; private set; }

    /// <summary>Thrown by the next forward, inside the region.</summary>
    public Exception? Fault { get; set; }

    private Tensor ForwardCore(Tensor x)
    {
        var y = linear.call(convolution.call(x).tanh().flatten(1));
        Inside = y.dtype;
        return Fault is null ? y : throw Fault;
    }
}

/// <summary>Holds another annotated model.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class OuterModel : Module<Tensor, Tensor>
{
    public OuterModel()
        : base(nameof(OuterModel)) => RegisterComponents();

    public ConvolutionalModel Inner { get; } = new();

    /// <summary>The dtype of what the inner model returned.</summary>
    public ScalarType? FromInner { get; private set; }

    private Tensor ForwardCore(Tensor x)
    {
        var y = Inner.call(x);
        FromInner = y.dtype;
        return y;
    }
}

/// <summary>Takes no tensor: its region's device is that of its parameter.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Source : Module<int, Tensor>
{
    private readonly Parameter weight = Parameter(rand(3, 3));

    public Source()
        : base(nameof(Source)) => RegisterComponents();

    /// <summary>The dtype of the last product.</summary>
    public ScalarType? Inside { get; private set; }

    private Tensor ForwardCore(int power)
    {
        var y = weight.alias();
        for (var i = 1; i < power; i++)
        {
            y = y.matmul(weight);
        }

        Inside = y.dtype;
        return y;
    }
}

/// <summary>Returns what it gets; nothing to allocate but the wrapper itself.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Identity() : Module<Tensor, Tensor>(nameof(Identity))
{
    private Tensor ForwardCore(Tensor x) => x;
}
