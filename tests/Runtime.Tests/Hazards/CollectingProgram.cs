using Precision.Optim;
using Precision.Runtime.Tests.Generated;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Hazards;

/// <summary>
/// Runs the library's public paths without a dispose scope while other threads allocate and collect. The program itself keeps
/// everything alive that it hands to TorchSharp, so that a crash is the library's.
/// </summary>
internal static class CollectingProgram
{
    private const int Forwards = 200, Steps = 60;

    public static void Run(string path)
    {
        var stop = false;
        new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        }) { IsBackground = true }.Start();
        new Thread(() =>
        {
            var kept = new Queue<byte[]>();
            while (!Volatile.Read(ref stop))
            {
                kept.Enqueue(new byte[8000]);
                if (kept.Count > 200)
                {
                    kept.Dequeue();
                }
            }
        }) { IsBackground = true }.Start();
        switch (path)
        {
            case "region":
                Forward(new Wide());
                break;
            case "true 16-bit":
                Forward(Prepared(new Wide { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) }));
                break;
            case "float32":
                Forward(new Float32Layer(), columns: 4, ScalarType.BFloat16);
                Forward(new MarkedLayer(), columns: 4);
                break;
            default:
                // TorchSharp's own optimizers make temporary numbers, which this program must not.
                Train(Dtype.BFloat16, Dtype.BFloat16);
                Train(Dtype.Float16, Dtype.Float32);
                break;
        }

        Volatile.Write(ref stop, true);
    }

    private static Wide Prepared(Wide model)
    {
        model.CreateMasterWeights().Dispose();
        return model;
    }

    private static void Forward(Module<Tensor, Tensor> model, long columns = 64, ScalarType dtype = ScalarType.Float32)
    {
        var x = randn(64, columns, dtype: dtype);
        using (no_grad())
        {
            for (var i = 0; i < Forwards; i++)
            {
                using var y = model.call(x);
                if (y.dtype != ScalarType.Float32)
                {
                    throw new InvalidOperationException($"{y.dtype}");
                }
            }
        }

        GC.KeepAlive(x);
        GC.KeepAlive(model);
    }

    private static void Train(Dtype compute, Dtype parameters)
    {
        var model = new Wide { PrecisionPolicy = new PrecisionPolicy(compute, parameters) };
        var training = MixedPrecisionTraining.Create(
            model, named => new FusedAdamW(named), new() { Scaler = new GradScaler(8, enabled: compute is Dtype.Float16) });
        var x = randn(4, 64);
        for (var i = 0; i < Steps; i++)
        {
            using var y = model.call(x);
            using var loss = y.mean();
            training.Backward(loss);
            foreach (var (_, gradient) in i % 3 == 0 ? training.Gradients() : [])
            {
                gradient.Dispose();
            }

            training.MasterWeights.CopyGradients();
            training.Step(maxGradNorm: 1);
        }

        GC.KeepAlive(x);
        training.Dispose();
    }
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
