using TextGeneration;
using TextGeneration.Data;
using TextGeneration.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Samples.Tests.TextGeneration;

public sealed class TrainerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_validation_loss_falls()
    {
        using var trainer = new Trainer(TinyRun.Settings, TinyRun.Corpus, CPU);
        trainer.Run(new SilentDisplay(), () => { }, CancellationToken.None);

        Assert.Equal(24, trainer.Step);
        Assert.InRange(trainer.History.FallPercent, 10, 100);
    }

    [Fact]
    public void The_dtypes_of_a_step_are_seen_on_its_tensors()
    {
        using var mixed = new Trainer(TinyRun.Settings, TinyRun.Corpus, CPU);
        mixed.TakeStep();
        using var full = new Trainer(TinyRun.With(PrecisionPolicy.Float32), TinyRun.Corpus, CPU);
        full.TakeStep();

        Assert.Equal("BFloat16 (8 tensors)", mixed.Observation!.MatrixProducts);
        Assert.StartsWith("Float32", mixed.Observation.Parameters);
        Assert.StartsWith("Float32", mixed.Observation.Gradients);
        Assert.Equal("Float32 (8 tensors)", full.Observation!.MatrixProducts);
    }

    [Fact]
    public void Parameters_stored_in_16_bit_have_float32_masters_and_gradients()
    {
        using var trainer = new Trainer(
            TinyRun.With(new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16)), TinyRun.Corpus, CPU);
        trainer.TakeStep();

        Assert.Equal("BFloat16 (18 tensors), Float32 (10 tensors)", trainer.Observation!.Parameters);   // layer norms stay
        Assert.Equal("Float32 (28 tensors)", trainer.Observation.Masters);
        Assert.Equal("Float32 (28 tensors)", trainer.Observation.Gradients);
    }

    [Theory]
    [InlineData(Dtype.Float32, Dtype.Float32)]
    [InlineData(Dtype.BFloat16, Dtype.Float32)]
    [InlineData(Dtype.BFloat16, Dtype.BFloat16)]
    [InlineData(Dtype.Float16, Dtype.Float32)]
    [InlineData(Dtype.Float16, Dtype.Float16)]
    public void A_resumed_run_ends_with_the_same_weights_bit_for_bit(Dtype compute, Dtype parameters)
    {
        var settings = TinyRun.With(new PrecisionPolicy(compute, parameters));
        var run = new RunFolder(folder);
        run.Create(settings);
        using var whole = new Trainer(settings, TinyRun.Corpus, CPU);
        whole.Run(new SilentDisplay(), () => { }, CancellationToken.None);

        using (var first = new Trainer(settings, TinyRun.Corpus, CPU))
        {
            using var stop = new CancellationTokenSource();
            first.Run(new StopAt(11, first, stop), () => run.Save(first), stop.Token);
            Assert.InRange(first.Step, 1, 23);
        }

        using var second = new Trainer(run.Open(), TinyRun.Corpus, CPU);
        run.Load(second);
        Assert.InRange(second.Step, 1, 23);
        second.Run(new SilentDisplay(), () => { }, CancellationToken.None);

        Assert.Equal(24, second.Step);
        foreach (var (expected, actual) in whole.Model.parameters().Zip(second.Model.parameters()))
        {
            Assert.True(expected.Equals(actual));
        }

        Assert.Equal(whole.History.Validation.Last(), second.History.Validation.Last());
    }

    [Fact]
    public void Accumulated_batches_give_the_gradients_of_one_batch_as_large()
    {
        var settings = TinyRun.With(PrecisionPolicy.Float32);
        var training = settings.Training with { Dropout = 0, Batch = 4, GradAccumulation = 2, GradientClip = 0 };
        using var trainer = new Trainer(settings with { Training = training }, TinyRun.Corpus, CPU);
        using var reference = new Trainer(settings with { Training = training }, TinyRun.Corpus, CPU);
        trainer.TakeStep();

        // By hand: the mean over both batches at once.
        using var scope = NewDisposeScope();
        var halves = Enumerable.Range(0, 2)
            .Select(batch => Batches.Random(TinyRun.Corpus.Training, 4, settings.Shape.Context, training.Seed, batch, CPU)).ToList();
        var logits = reference.Model.call(cat([.. halves.Select(half => half.Inputs)]));
        reference.Training.Backward(nn.functional.cross_entropy(
            logits.flatten(0, 1), cat([.. halves.Select(half => half.Targets)]).flatten()));
        foreach (var (expected, actual) in reference.Training.MasterWeights.Parameters.Zip(trainer.Training.MasterWeights.Parameters))
        {
            Assert.True(allclose(expected.grad!, actual.grad!, rtol: 1e-4, atol: 1e-6));
        }
    }

    [Fact]
    public void A_checkpoint_of_another_shape_is_refused()
    {
        var run = new RunFolder(folder);
        run.Create(TinyRun.Settings);
        using (var trainer = new Trainer(TinyRun.Settings, TinyRun.Corpus, CPU))
        {
            run.Save(trainer);
        }

        var other = TinyRun.Settings with { Shape = TinyRun.Settings.Shape with { Width = 64 } };
        using var wider = new Trainer(other, TinyRun.Corpus, CPU);

        Assert.Contains(run.Checkpoint, Assert.Throws<UserErrorException>(() => run.Load(wider)).Cause);
    }

    [Fact]
    public void Training_and_validating_leave_no_tensors_behind()
    {
        using var trainer = new Trainer(TinyRun.Settings, TinyRun.Corpus, CPU);
        trainer.TakeStep();
        trainer.TakeStep();
        var before = Live();
        for (var i = 0; i < 5; i++)
        {
            trainer.TakeStep();
            trainer.ValidationLoss();
        }

        Assert.Equal(before, Live());

        static long Live()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Tensor.TotalCount;
        }
    }

    private sealed class StopAt(int step, Trainer trainer, CancellationTokenSource stop) : IProgressDisplay
    {
        public void Show(int step, string text)
        {
        }

        public void Note(string text)
        {
            if (trainer.Step >= step)
            {
                stop.Cancel();
            }
        }
    }
}
