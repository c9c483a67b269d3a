using Precision.Optim;
using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Training;

/// <summary>The same on a GPU.</summary>
[Collection(SerialTests.Name)]
public sealed class CudaTrainingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("precision-cuda-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<Dtype, Dtype, bool> Policies => MixedPrecisionTrainingTests.Policies;

    [SkippableTheory]
    [MemberData(nameof(Policies))]
    public void The_loss_follows_float32s(Dtype compute, Dtype parameters, bool autocast)
    {
        Infrastructure.Cuda.Require();
        var seed = Random.Shared.Next();
        var expected = FinalLoss(new PrecisionPolicy(Dtype.Float32));
        var actual = FinalLoss(new PrecisionPolicy(compute, parameters, Autocast: autocast));
        Assert.True(Math.Abs(actual - expected) <= 0.02 * expected, $"{actual} for float32's {expected}, seed {seed}");

        double FinalLoss(PrecisionPolicy policy)
        {
            manual_seed(seed);
            using var model = new TinyLanguageModel { PrecisionPolicy = policy };
            model.to(CUDA);
            using var training = MixedPrecisionTraining.Create(
                model,
                named => new FusedAdamW(named, lr: 1e-2),
                new MixedPrecisionTrainingOptions { Scaler = parameters is Dtype.Float16 ? new GradScaler(init_scale: 1024) : null });
            var sum = 0.0;
            for (var i = 0; i < 50; i++)
            {
                using var scope = NewDisposeScope();
                var loss = Corpus.Loss(model, Corpus.Batch().to(CUDA));
                training.Backward(loss);
                training.Step(maxGradNorm: 1);
                sum += i < 40 ? 0 : loss.item<float>();
            }

            Assert.Equal(0, training.SkippedSteps);
            return sum / 10;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Policies))]
    public void A_step_with_a_non_finite_gradient_changes_nothing(Dtype compute, Dtype parameters, bool autocast)
    {
        Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new TinyLanguageModel { PrecisionPolicy = new PrecisionPolicy(compute, parameters, Autocast: autocast) };
        model.to(CUDA);
        using var training = MixedPrecisionTraining.Create(
            model, named => new FusedAdamW(named), new MixedPrecisionTrainingOptions { MaxSkippedInARow = 3 });
        var before = training.MasterWeights.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().clone());
        model.Factor = double.NaN;
        var told = 0;
        for (var i = 0; i < 6; i++)
        {
            training.Backward(Corpus.Loss(model, Corpus.Batch().to(CUDA)));
            try
            {
                Assert.False(training.Step(maxGradNorm: 1).Applied);
            }
            catch (NonFiniteGradientException)
            {
                told++;
            }
        }

        Assert.Equal((2, 6), (told, training.SkippedSteps));
        Assert.All(before, entry => Assert.True(Bits.Equal(entry.Value, training.MasterWeights[entry.Key]), entry.Key));
    }

    [SkippableFact]
    public void The_random_state_of_the_device_is_restored()
    {
        Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new TinyLanguageModel();
        model.to(CUDA);
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named));
        var path = Path.Combine(folder, "checkpoint");
        cuda.manual_seed_all(Random.Shared.Next());
        rand(5, device: CUDA);
        training.Save(path);
        var expected = rand(5, device: CUDA);
        Assert.False(Bits.Equal(expected, rand(5, device: CUDA)));
        training.Load(path);
        Assert.True(Bits.Equal(expected, rand(5, device: CUDA)));
    }

    [SkippableTheory]
    [MemberData(nameof(CheckpointTests.Trainings), MemberType = typeof(CheckpointTests))]
    public void Resumed_training_is_bit_for_bit_the_uninterrupted_one(Dtype compute, Dtype parameters, bool autocast, string optimizer)
    {
        var cuda = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "checkpoint");
        manual_seed(Random.Shared.Next());
        using var run = new CheckpointTests.Run(compute, parameters, autocast, optimizer, device: cuda);
        run.Train(5);
        run.Training.Save(path, run.Schedule);
        run.Train(5);
        var expected = run.State();
        var next = rand(3, device: cuda);

        // A new process would begin with other weights and other random states.
        manual_seed(Random.Shared.Next());
        using var resumed = new CheckpointTests.Run(compute, parameters, autocast, optimizer, device: cuda);
        resumed.Training.Load(path, resumed.Schedule);
        resumed.Train(5);
        var actual = resumed.State();
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, entry => Assert.True(Bits.Equal(entry.Value, actual[entry.Key]), entry.Key));
        Assert.True(Bits.Equal(next, rand(3, device: cuda)));
        Assert.Equal(run.Training.Scaler.state_dict(), resumed.Training.Scaler.state_dict());
    }

    [SkippableFact]
    public void A_model_that_is_moved_afterwards_is_noticed()
    {
        Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new TinyLanguageModel();
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named));
        model.to(CUDA);
        var error = Assert.Throws<InvalidOperationException>(() => training.Backward(Corpus.Loss(model, Corpus.Batch().to(CUDA))));
        Assert.Contains("Move the model first", error.Message);
    }

    [SkippableTheory]
    [MemberData(nameof(Policies))]
    public void A_step_does_not_wait_for_the_device(Dtype compute, Dtype parameters, bool autocast)
    {
        Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new TinyLanguageModel { PrecisionPolicy = new PrecisionPolicy(compute, parameters, Autocast: autocast) };
        model.to(CUDA);
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named));
        var busy = randn(8192, 8192, device: CUDA);
        for (var step = 0; step < 3; step++)
        {
            var loss = Corpus.Loss(model, Corpus.Batch().to(CUDA));
            cuda.synchronize();
            Assert.False(Infrastructure.Cuda.IsBusy());
            for (var i = 0; i < 40; i++)
            {
                using var product = busy.mm(busy);
            }

            training.Backward(loss);
            training.Step(maxGradNorm: 1);

            // The first step finds functions and loads kernels.
            if (step > 0)
            {
                Assert.True(Infrastructure.Cuda.IsBusy());
            }
        }
    }

    [SkippableTheory]
    [InlineData(Dtype.BFloat16, false, 1)]
    [InlineData(Dtype.BFloat16, true, 1)]
    [InlineData(Dtype.BFloat16, false, 3)]
    [InlineData(Dtype.Float16, false, 1)]
    [InlineData(Dtype.Float16, true, 1)]
    public void Steps_from_16_bit_gradients_equal_those_by_float32_copies(Dtype dtype, bool autocast, int microBatches)
    {
        var device = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        const double norm = 0.05;
        var policy = new PrecisionPolicy(dtype, dtype, Autocast: autocast);
        var seed = Random.Shared.Next();
        using var model = Model();
        using var training = MixedPrecisionTraining.Create(
            model,
            named => new FusedAdamW(named, lr: 1e-2, weight_decay: 0.1),
            new MixedPrecisionTrainingOptions { Scaler = dtype is Dtype.Float16 ? new GradScaler(init_scale: 1024) : null });
        using var expected = Model();
        using var masters = expected.CreateMasterWeights();
        using var optimizer = new FusedAdamW(masters.named_parameters(), lr: 1e-2, weight_decay: 0.1);
        var scale = training.Scaler.is_enabled() ? 1024f : 1;
        for (var step = 0; step < 4; step++)
        {
            for (var i = 0; i < microBatches; i++)
            {
                var batch = Corpus.Batch().to(device);
                training.Backward(Corpus.Loss(model, batch));
                (Corpus.Loss(expected, batch) * scale).backward();
                masters.CopyGradients(accumulate: i > 0);
            }

            var result = training.Step(maxGradNorm: norm);
            foreach (var parameter in masters.Parameters)
            {
                parameter.grad!.div_(scale);
            }

            var expectedNorm = nn.utils.clip_grad_norm_(masters.Parameters, norm);
            optimizer.step();
            masters.CopyToModel();
            Assert.True(result.Applied, $"seed {seed}, step {step}");
            Assert.Equal(expectedNorm, result.GradientNorm!.Value, 1e-3 * expectedNorm);

            // Adam makes nearly the same step of gradients that are all too large, and another mean of them.
            foreach (var (own, other) in Means(training.Optimizer).Zip(Means(optimizer)))
            {
                Assert.True((own - other).norm().item<float>() <= 1e-2 * other.norm().item<float>() + 1e-9, $"seed {seed}");
            }

            // What differs is the rounding of float32; kernels of the backward that do not repeat differ in the 16-bit gradients' last bit.
            foreach (var (name, master) in masters.named_parameters())
            {
                var actual = training.MasterWeights[name];
                Assert.True(actual.allclose(master, rtol: 1e-3, atol: 2e-3), $"{name}, seed {seed}, step {step}: {(actual - master).abs().max().item<float>()}");
            }

            foreach (var (name, parameter) in model.named_parameters().Where(entry => training.MasterWeights.state_dict().ContainsKey(entry.name)))
            {
                Assert.True(Bits.Equal(training.MasterWeights[name].to(parameter.dtype), parameter), $"{name}, seed {seed}, step {step}");
            }

            // Each step is compared by itself: a last bit grows over the steps, since Adam's of a gradient near zero has either sign.
            foreach (var (name, master) in masters.named_parameters())
            {
                using var withoutGraph = no_grad();
                master.copy_(training.MasterWeights[name]);
            }

            masters.CopyToModel();
            optimizer.load_state_dict(((FusedAdam)training.Optimizer).state_dict());

            // Parameters that are float32 have their gradients where the next backward would add to them.
            optimizer.zero_grad();
        }

        static IEnumerable<Tensor> Means(optim.Optimizer optimizer)
            => ((FusedAdam)optimizer).state_dict().State.Cast<FusedAdam.State>().Select(static state => state.exp_avg);

        TinyLanguageModel Model()
        {
            manual_seed(seed);
            var made = new TinyLanguageModel { PrecisionPolicy = policy };
            made.to(device);
            return made;
        }
    }

    [SkippableFact]
    public void A_graph_from_before_a_step_from_16_bit_gradients_is_refused()
    {
        var device = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new TinyLanguageModel { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) };
        model.to(device);
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named));
        var early = Corpus.Loss(model, Corpus.Batch().to(device));
        training.Backward(Corpus.Loss(model, Corpus.Batch().to(device)));
        var head = model.Head.weight!;
        var version = Precision.Interop.VariableData.Version(head);
        training.Step();
        Assert.True(version < Precision.Interop.VariableData.Version(head));
        var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => training.Backward(early));
        Assert.Contains("modified by an inplace operation", error.Message);
    }

    [SkippableFact]
    public void A_master_that_was_written_by_hand_reaches_the_model_also_without_gradient()
    {
        var device = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new StorageModel { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) };
        model.to(device);
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named));
        var name = "input.weight";
        using (no_grad())
        {
            training.MasterWeights[name].fill_(0.5);
        }

        // A loss that does not reach the parameter.
        var other = model.named_parameters().First(entry => entry.name == "output.weight").parameter;
        training.Backward(other.to(float32).square().mean());
        training.Step();
        Assert.Equal(0.5f, model.Input.weight!.to(float32).max().item<float>());
    }

    [SkippableFact]
    public void Gradients_that_were_moved_to_the_masters_can_be_changed_before_the_step()
    {
        var device = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new TinyLanguageModel { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) };
        model.to(device);
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdam(named, lr: 0.25, eps: 1e-30));
        var before = training.MasterWeights.named_parameters().ToDictionary(static entry => entry.name, static entry => entry.parameter.detach().clone());
        training.Backward(Corpus.Loss(model, Corpus.Batch().to(device)));
        Assert.All(training.MasterWeights.Parameters, static master => Assert.Null(master.grad));
        training.MasterWeights.CopyGradients();
        foreach (var master in training.MasterWeights.Parameters)
        {
            master.grad!.fill_(1);
        }

        training.Step();
        foreach (var (name, master) in training.MasterWeights.named_parameters())
        {
            Assert.True(master.allclose(before[name] - 0.25, rtol: 1e-4, atol: 1e-4), name);
        }

        Assert.All(
            model.named_parameters().Where(entry => before.ContainsKey(entry.name)),
            entry => Assert.True(Bits.Equal(training.MasterWeights[entry.name].to(bfloat16), entry.parameter), entry.name));
    }

    [SkippableFact]
    public void A_backward_replaces_gradients_that_were_copied_to_the_masters_before()
    {
        var device = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new TinyLanguageModel { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) };
        model.to(device);
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named));
        Corpus.Loss(model, Corpus.Batch().to(device)).backward();
        training.MasterWeights.CopyGradients();
        training.Backward(Corpus.Loss(model, Corpus.Batch().to(device)));
        Assert.All(training.MasterWeights.Parameters, static master => Assert.Null(master.grad));
        Assert.True(training.Step().Applied);
    }

    [SkippableFact]
    public void Amsgrad_and_a_divisor_of_the_users_reach_the_kernel()
    {
        var device = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new TinyLanguageModel { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) };
        model.to(device);

        // Only some of the parameters, in two groups.
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdam(
            [new FusedAdam.ParamGroup(named.Take(2)), new FusedAdam.ParamGroup(named.Skip(2).Take(3))], beta1: 0, amsgrad: true));
        var optimizer = (FusedAdam)training.Optimizer;
        optimizer.grad_scale = tensor(2f, device: device);
        training.Backward(Corpus.Loss(model, Corpus.Batch().to(device)));
        var gradients = training.MasterWeights.named_parameters().Take(5)
            .Select(entry => model.named_parameters().First(own => own.name == entry.name).parameter.grad!.to(float32)).ToList();
        training.Step();
        Assert.Equal(2, optimizer.grad_scale.item<float>());
        foreach (var (state, gradient) in optimizer.state_dict().State.Cast<FusedAdam.State>().Zip(gradients))
        {
            Assert.True(state.exp_avg.allclose(gradient / 2));
            Assert.True(state.max_exp_avg_sq!.allclose(state.exp_avg_sq));
            Assert.Equal(1, state.step.item<float>());
        }
    }
}
