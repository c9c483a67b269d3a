using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Generated;

/// <summary>What a function is told by an argument that is no tensor, and what it saw while it ran.</summary>
public sealed class Observer
{
    /// <summary>The dtype of a product in the forward.</summary>
    public ScalarType? Forward { get; set; }

    /// <summary>The dtype of a product in the backward.</summary>
    public ScalarType? Backward { get; set; }

    /// <summary>The tensors that the forward got.</summary>
    public List<Tensor> Tensors { get; set; } = [];

    /// <summary>Their dtypes.</summary>
    public ScalarType[] Inputs { get; set; } = [];

    /// <summary>Whether autocast was on in the backward.</summary>
    public bool BackwardIsOn { get; set; }

    public int BackwardThread { get; set; }

    /// <summary>The context, for calling the backward by hand.</summary>
    public autograd.AutogradContext? Context { get; set; }

    public bool ForwardThrows { get; set; }

    public bool BackwardThrows { get; set; }

    public bool SavesInputs { get; set; } = true;

    public static Observer Of(object[] vars) => (Observer)vars[^1];

    public static Observer Of(autograd.AutogradContext ctx) => (Observer)ctx.get_data(nameof(Observer));

    public void EnterForward(autograd.AutogradContext ctx, object[] vars)
    {
        ctx.save_data(nameof(Observer), this);
        Context = ctx;
        Tensors = [.. vars.OfType<Tensor>()];
        Inputs = [.. Tensors.Select(static tensor => tensor.dtype)];
        if (SavesInputs)
        {
            ctx.save_for_backward(Tensors);
        }

        Fail(ForwardThrows);
    }

    public List<Tensor> EnterBackward(autograd.AutogradContext ctx, Device device)
    {
        (BackwardThread, BackwardIsOn) = (Environment.CurrentManagedThreadId, Autocast.IsEnabled(device));
        Fail(BackwardThrows);
        return ctx.get_saved_variables();
    }

    private static void Fail(bool fails)
    {
        if (fails)
        {
            throw new InvalidOperationException("As told.");
        }
    }
}

/// <summary>x·W with a backward of its own, as if everything were float32.</summary>
[MixedPrecisionFunction]
public sealed partial class MarkedProduct : autograd.SingleTensorFunction<MarkedProduct>
{
    public override string Name => nameof(MarkedProduct);

    private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars)
    {
        var observer = Observer.Of(vars);
        observer.EnterForward(ctx, vars);
        var product = ((Tensor)vars[0]).matmul((Tensor)vars[1]);
        observer.Forward = product.dtype;
        return product;
    }

    private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient)
    {
        var observer = Observer.Of(ctx);
        var saved = observer.EnterBackward(ctx, gradient.device);
        var ofInput = gradient.matmul(saved[1].t());
        observer.Backward = ofInput.dtype;
        return [ofInput, saved[0].t().matmul(gradient), null!];
    }
}

/// <summary>Two results, f·x·W and x·Wᵀ, of two tensors and a number.</summary>
[MixedPrecisionFunction]
public sealed partial class MarkedProducts : autograd.MultiTensorFunction<MarkedProducts>
{
    public override string Name => nameof(MarkedProducts);

    private List<Tensor> ForwardCore(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight, factor) = ((Tensor)vars[0], (Tensor)vars[1], (double)vars[2]);
        var observer = Observer.Of(vars);
        observer.EnterForward(ctx, vars);
        ctx.save_data("factor", factor);
        List<Tensor> products = [x.matmul(weight) * factor, x.matmul(weight.t())];
        observer.Forward = products[0].dtype;
        return products;
    }

    private List<Tensor> BackwardCore(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        var observer = Observer.Of(ctx);
        var saved = observer.EnterBackward(ctx, gradients[0].device);
        var (x, weight, factor) = (saved[0], saved[1], (double)ctx.get_data("factor"));
        var ofInput = (gradients[0].matmul(weight.t()) * factor) + gradients[1].matmul(weight);
        observer.Backward = ofInput.dtype;
        return [ofInput, (x.t().matmul(gradients[0]) * factor) + gradients[1].t().matmul(x), null!, null!];
    }
}

/// <summary>x·W in float32 in every region.</summary>
[MixedPrecisionFunction(CastInputs = Dtype.Float32)]
public sealed partial class Float32Product : autograd.SingleTensorFunction<Float32Product>
{
    public override string Name => nameof(Float32Product);

    private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars)
    {
        var observer = Observer.Of(vars);
        observer.EnterForward(ctx, vars);
        var product = ((Tensor)vars[0]).matmul((Tensor)vars[1]);
        observer.Forward = product.dtype;
        return product;
    }

    private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient)
    {
        var observer = Observer.Of(ctx);
        var saved = observer.EnterBackward(ctx, gradient.device);
        var ofInput = gradient.matmul(saved[1].t());
        observer.Backward = ofInput.dtype;
        return [ofInput, saved[0].t().matmul(gradient), null!];
    }
}

/// <summary>Returns its first input, cast: a result that is one of the casts.</summary>
[MixedPrecisionFunction(CastInputs = Dtype.BFloat16)]
public sealed partial class Identities : autograd.MultiTensorFunction<Identities>
{
    public override string Name => nameof(Identities);

    private List<Tensor> ForwardCore(autograd.AutogradContext ctx, params object[] vars) => [(Tensor)vars[0], ((Tensor)vars[1]).alias()];

    private List<Tensor> BackwardCore(autograd.AutogradContext ctx, List<Tensor> gradients) => gradients;
}

/// <summary>Has no mark, and sees the autocast state of whoever runs it.</summary>
public sealed class UnmarkedIdentity : autograd.SingleTensorFunction<UnmarkedIdentity>
{
    public override string Name => nameof(UnmarkedIdentity);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Observer.Of(vars).EnterForward(ctx, vars);
        return ((Tensor)vars[0]).alias();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        Observer.Of(ctx).EnterBackward(ctx, gradient.device);
        return [gradient, null!];
    }
}

/// <summary>A model inside of another one.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class CheckpointedBlock : Module<Tensor, Tensor>
{
    private readonly Linear linear = Linear(8, 8);

    public CheckpointedBlock()
        : base(nameof(CheckpointedBlock)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => linear.call(x);
}

/// <summary>Keeps nothing of a block's forward but its input, and runs the block again in the backward.</summary>
[MixedPrecisionFunction]
public sealed partial class Checkpoint : autograd.SingleTensorFunction<Checkpoint>
{
    public override string Name => nameof(Checkpoint);

    private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_for_backward([(Tensor)vars[0]]);
        ctx.save_data("block", vars[1]);
        ctx.save_data(nameof(Observer), vars[2]);
        var result = ((CheckpointedBlock)vars[1]).call((Tensor)vars[0]);
        Observer.Of(vars).Forward = result.dtype;
        return result;
    }

    private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient)
    {
        using var recording = enable_grad();
        var input = ctx.get_saved_variables()[0].detach().requires_grad_();
        var result = ((CheckpointedBlock)ctx.get_data("block")).call(input);
        Observer.Of(ctx).Backward = result.dtype;
        result.backward([gradient]);
        return [input.grad!, null!, null!];
    }
}

/// <summary>Checkpoints its block.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Checkpointing : Module<Tensor, Tensor>
{
    private readonly CheckpointedBlock block = new();

    public Checkpointing()
        : base(nameof(Checkpointing)) => RegisterComponents();

    public Observer Observer { get; } = new();

    private Tensor ForwardCore(Tensor x) => Checkpoint.apply(x, block, Observer);
}
