using Precision.Distributed;
using Precision.Inspection;
using Precision.Optim;
using TorchSharp.Modules;
using static Precision.Runtime.Tests.Hazards.PublicPaths;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Hazards;

/// <summary>Training, with the training class and by hand, and what surrounds it.</summary>
internal static class TrainingPaths
{
    // TorchSharp's own optimizers make temporary numbers, which a path must not.
    public static void Train(Dtype compute, Dtype parameters)
    {
        var model = new Wide { PrecisionPolicy = new PrecisionPolicy(compute, parameters) };
        using var training = MixedPrecisionTraining.Create(
            model, named => new FusedAdamW(named), new() { Scaler = new GradScaler(8, enabled: compute is Dtype.Float16) });
        var x = randn(4, 64);
        using var file = new MemoryStream();
        var step = 0;
        Repeat(() =>
        {
            using var loss = Loss();
            training.Backward(loss);
            foreach (var (_, gradient) in step % 3 == 0 ? training.Gradients() : [])
            {
                gradient.Dispose();
            }

            training.MasterWeights.CopyGradients();
            training.Step(maxGradNorm: 1);
            if (step++ % 10 == 0)
            {
                training.FindNonFinite();
                training.FindNonFinite(Loss);
                file.SetLength(0);
                training.Save(file);
                file.Position = 0;
                training.Load(file);
            }
        });
        Keep(x, model);

        Tensor Loss()
        {
            using var y = model.call(x);
            return y.mean();
        }
    }

    public static void Masters()
    {
        var model = new Wide { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16) };
        using var masters = model.CreateMasterWeights();
        using var optimizer = new FusedSGD(masters.named_parameters(), lr: 1e-3, momentum: 0.9);
        var x = randn(4, 64);
        Repeat(() =>
        {
            using var y = model.call(x);
            using var loss = y.mean();
            loss.backward();
            masters.CopyGradients();
            masters.CopyGradients(accumulate: true);
            optimizer.step();
            masters.CopyToModel();
            masters.CopyFromModel();
            masters.load_state_dict(masters.state_dict());
            model.zero_grad();
        });
        Keep(x, model);
    }

    public static void Scaler()
    {
        var parameter = new Parameter(randn(4000));
        using var scaler = new GradScaler(8, hysteresis: 2);
        using var optimizer = new FusedAdam([parameter], amsgrad: true);
        using var scale = ones(1);
        Repeat(() =>
        {
            using var loss = parameter.sum();
            foreach (var scaled in scaler.scale([loss]))
            {
                scaled.Dispose();
            }

            using (var scaled = scaler.scale(loss))
            {
                scaled.backward();
            }

            scaler.unscale_(optimizer);
            scaler.step(optimizer);
            scaler.update();
            scaler.get_scale();
            scaler.WasSkipped(optimizer);
            scaler.update(scale);
            optimizer.zero_grad();
        });
        Keep(parameter);
    }

    public static void Optimizers()
    {
        var parameter = new Parameter(randn(4000));
        var optimizers = new FusedOptimizer[]
        {
            new FusedAdamW([parameter]), new FusedAdam([parameter], amsgrad: true), new FusedSGD([parameter], momentum: 0.9),
        };
        foreach (var optimizer in optimizers)
        {
            Repeat(() =>
            {
                using var loss = parameter.mean();
                loss.backward();
                optimizer.step();
                optimizer.load_state_dict(optimizer.state_dict());
                optimizer.zero_grad();
            });
            optimizer.Dispose();
        }

        Keep(parameter);
    }

    /// <summary>A group of one rank, which exchanges with itself.</summary>
    public static void Group()
    {
        using var group = ProcessGroup.Join();
        Repeat(() =>
        {
            group.AllReduce(randn(4000, device: group.Device), ReduceOperation.Average);
            group.Broadcast(randn(4000, device: group.Device));
        });
    }

    public static void Weights()
    {
        var model = new Wide { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16) };
        var path = Path.GetTempFileName();
        try
        {
            model.save(path);
            Repeat(() =>
            {
                model.ConvertParameters();
                model.LoadWeights(path);
                Assert.Equal(2, ModelWeights.Read(path).Count);
                Assert.Equal(2, model.ExportFloat32().Count);
            });
        }
        finally
        {
            File.Delete(path);
        }

        Keep(model);
    }

    public static void Inspection()
    {
        var settings = new ComparisonSettings { Task = "lines", Device = CPU, Steps = 20, SamplesPerStep = 4 };
        PrecisionComparison.Run(settings, static (policy, _) => new Compared(policy));
        var model = new Wide();
        Repeat(() =>
        {
            PrecisionOptions.None.ApplyTo(model);
            PrecisionPlan.Of(model);
        });
        Keep(model);
    }

    private sealed class Compared : IComparedTraining
    {
        private readonly Wide model;
        private readonly Tensor x = randn(4, 64);

        public Compared(PrecisionPolicy policy)
        {
            model = new Wide { PrecisionPolicy = policy };
            Training = MixedPrecisionTraining.Create(model, static named => new FusedAdamW(named));
        }

        public MixedPrecisionTraining Training { get; }

        public Tensor Step(int step)
        {
            using var y = model.call(x);
            var loss = y.mean();
            Training.Backward(loss);
            Training.Step();
            return loss;
        }

        public double Validate() => 1;

        public void Dispose() => Training.Dispose();
    }
}
