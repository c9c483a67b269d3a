using Precision.CompilerServices;
using Precision.Runtime.Tests.CompilerServices;
using Precision.Runtime.Tests.Generated;
using Precision.Runtime.Tests.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static Precision.Runtime.Tests.Hazards.PublicPaths;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Hazards;

/// <summary>Forwards of generated models, and what their calls become.</summary>
internal static class ForwardPaths
{
    public static Wide Prepared(Wide model)
    {
        model.CreateMasterWeights().Dispose();
        return model;
    }

    public static void Forward(Module<Tensor, Tensor> model, long columns = 64, ScalarType dtype = ScalarType.Float32)
        => Forward(model, randn(64, columns, dtype: dtype));

    public static void Forward(Module<Tensor, Tensor> model, Tensor x)
    {
        using (no_grad())
        {
            Repeat(() => model.call(x).Dispose(), 200);
        }

        Keep(x, model);
    }

    public static void SeveralTensors()
    {
        var model = new Passing();
        var x = randn(200, 200, dtype: ScalarType.BFloat16);
        Repeat(() =>
        {
            var (a, b) = model.call(x);
            a.Dispose();
            b.Dispose();
        });
        Keep(x, model);
    }

    public static void Containers()
    {
        var model = new Gathering { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) };
        var batch = new GatheredBatch
        {
            List = [randn(200, 200), randn(200, 200)],
            Named = new() { ["a"] = randn(200, 200) },
            Array = [randn(200, 200)],
        };
        using (no_grad())
        {
            Repeat(() =>
            {
                model.call(batch).Dispose();

                // As interceptors hand on what has a type parameter's type.
                using var region = ForwardRegion.EnterFullPrecision(model, ForwardDevice.None);
                region.ReturnAny(Fresh()).Dispose();
            });
        }

        Keep(model, batch);
    }

    /// <summary>What a generated forward does with inputs that it casts: the rest of a function's call is TorchSharp's.</summary>
    public static void Function()
    {
        var observer = new Observer();
        Float32Product.apply(randn(4, 4), randn(4, 4), observer);
        using var autocast = Autocast.Enter(CPU, Dtype.BFloat16);
        Repeat(() =>
        {
            object[] inputs = [randn(200, 200, dtype: ScalarType.BFloat16), randn(200, 200, dtype: ScalarType.BFloat16)];
            using var region = FunctionRegion.EnterForward(observer.Context!, ref inputs, Dtype.Float32);
            region.Output((Tensor)inputs[0]).Dispose();
            region.Output([(Tensor)inputs[1]]).ForEach(static result => result.Dispose());
        });
    }

    /// <summary>What calls of listed methods become in a region.</summary>
    public static void ListedMethods()
    {
        using var autocast = Autocast.Enter(CPU, Dtype.BFloat16);
        Repeat(() =>
        {
            Float32(randn(200, 200, dtype: ScalarType.BFloat16)).Dispose();
            LowerPrecision(randn(200, 200)).Dispose();
        });

        static Tensor Float32(Tensor x)
        {
            using var region = ForwardRegion.EnterFloat32(null, ForwardDevice.None.Or(x));
            return region.Return(Squared(region.Input(x)));
        }

        static Tensor LowerPrecision(Tensor x)
        {
            using var region = ForwardRegion.EnterLowerPrecision(null, ForwardDevice.None.Or(x));
            return region.Return(Squared(region.Input(x)));
        }

        static Tensor Squared(Tensor x)
        {
            var square = x.mul(x);
            GC.KeepAlive(x);
            return square;
        }
    }

    public static void FusedOperations()
    {
        var (weight, vector, classes) = (randn(256, 256), randn(256), zeros(64, dtype: ScalarType.Int64));
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        Repeat(() =>
        {
            Fused.bias_gelu(Fresh(), vector).Dispose();
            var (sum, output) = Fused.add_layer_norm(Fresh(), Fresh(), vector, vector, vector);
            sum.Dispose();
            output.Dispose();
            using var logits = Fresh();
            Fused.cross_entropy(logits, zeros(64, dtype: ScalarType.Int64)).Dispose();
            Fused.linear_cross_entropy(Fresh(), weight, classes).Dispose();
            foreach (var part in Fused.linear_chunk(Fresh(), weight, vector, 2))
            {
                part.Dispose();
            }
        });
        Keep(weight, vector, classes);
    }

    public static void Interceptors()
    {
        var (weight, classes, image) = (randn(256, 256), zeros(64, dtype: ScalarType.Int64), randn(4, 8, 40, 40));
        var modules = new Module<Tensor, Tensor>[] { Linear(256, 256), ReLU(), Softmax(1) };
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        Repeat(() =>
        {
            PinnedOperations.log_softmax(Fresh(), 1, PinnedDtype.For(image, null, Float32Devices.Accelerators)).Dispose();
            PinnedOperations.softmin(Fresh(), 1, ScalarType.Float32).Dispose();
            PinnedOperations.softmax2d(randn(4, 8, 40, 40), ScalarType.Float32).Dispose();
            FusedLinear.linear(Fresh(), weight).Dispose();
            FusedLinear.linear(Fresh(), weight, randn(256)).Dispose();
            FusedCrossEntropy.cross_entropy(Fresh(), classes).Dispose();
            foreach (var module in modules)
            {
                ModuleCalls.Call(module, Fresh(), Float32Devices.Accelerators).Dispose();
                ModuleCalls.Forward(module, Fresh(), Float32Devices.Accelerators).Dispose();
            }
        });
        Keep(weight, classes, image, modules);
    }

    public static void Attention()
    {
        var (model, sequence, padding) = (new PaddedAttention(), randn(200, 2, 8), zeros(2, 200, dtype: ScalarType.Bool));
        using (no_grad())
        {
            Repeat(() => model.call(sequence, padding).Dispose());
        }

        Keep(model, sequence, padding);
    }

    private static Tensor Fresh() => randn(64, 256);
}

/// <summary>A layer wide enough for a cast to take its time.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Wide : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(64, 4000);

    public Wide()
        : base(nameof(Wide)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => layer.call(x);
}

/// <summary>An LSTM with its first states given: those that TorchSharp makes itself nothing holds while libtorch reads them.</summary>
[MixedPrecision(Dtype.Float16)]
public sealed partial class Stateful : Module<Tensor, Tensor>
{
    private readonly LSTM layer = LSTM(4, 3);
    private readonly Tensor state = zeros(1, 40, 3);

    public Stateful()
        : base(nameof(Stateful)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var (result, hidden, cell) = layer.call(x, (state, state));
        hidden.Dispose();
        cell.Dispose();
        return result;
    }
}

/// <summary>An input with tensors in every kind of collection.</summary>
public sealed class GatheredBatch
{
    public List<Tensor> List { get; set; } = [];

    public Dictionary<string, Tensor> Named { get; set; } = [];

    public Tensor[] Array { get; set; } = [];
}

/// <summary>Multiplies what is in its input. TorchSharp's own sums hand a number to libtorch that may be collected meanwhile.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Gathering() : Module<GatheredBatch, Tensor>(nameof(Gathering))
{
    private Tensor ForwardCore(GatheredBatch batch)
    {
        using var scope = NewDisposeScope();
        var product = batch.List[0] * batch.List[1] * batch.Named["a"];
        foreach (var item in batch.Array)
        {
            product = product * item;
        }

        return product.MoveToOuterDisposeScope();
    }
}
