using ImageClassification.Data;
using ImageClassification.Model;
using ImageClassification.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Samples.Tests.ImageClassification;

public sealed class MixedDigitNetTests : IDisposable
{
    private const int Learned = 2_000;

    private static readonly TrainingSettings Settings = new(Epochs: 2, Batch: 50, LearningRate: 5e-3, Seed: 5);

    private readonly DigitImages training;
    private readonly DigitImages test;

    public MixedDigitNetTests()
    {
        (var all, test) = DigitImages.Load(CPU);
        training = all.Part(0, Learned);
        all.Dispose();
    }

    public void Dispose()
    {
        training.Dispose();
        test.Dispose();
    }

    [Fact]
    public void Rounding_a_trained_model_to_16_bit_keeps_its_accuracy_within_half_a_point()
    {
        using var full = new DigitNet(DigitImages.Classes);
        using var float32 = new Trainer(() => full, training, Settings, CPU);
        float32.Run(new SilentDisplay(), test, CancellationToken.None);
        using var mixed = new Trainer(Loaded, training, Settings, CPU);

        var (expected, actual) = (float32.Accuracy(test), mixed.Accuracy(test));

        Assert.InRange(expected, 80, 100);
        Assert.InRange(actual, expected - 0.5, expected + 0.5);

        MixedDigitNet Loaded()
        {
            var model = new MixedDigitNet(DigitImages.Classes);
            model.load_state_dict(full.state_dict());
            return model;
        }
    }

    [Fact]
    public void The_mixed_model_learns()
    {
        using var trainer = new Trainer(() => new MixedDigitNet(DigitImages.Classes), training, Settings, CPU);
        trainer.Run(new SilentDisplay(), test, CancellationToken.None);

        Assert.Equal(2 * Learned / 50, trainer.Training.Steps);
        Assert.Equal(0, trainer.Training.SkippedSteps);
        Assert.InRange(trainer.Accuracy(test), 80, 100);
    }

    [Fact]
    public void Convolutions_are_stored_in_16_bit_with_masters_and_all_of_batch_norm_in_float32()
    {
        using var trainer = new Trainer(() => new MixedDigitNet(DigitImages.Classes), training, Settings, CPU);

        var rows = trainer.Storage();

        Assert.Equal(
            [
                new(ScalarType.BFloat16, 9, 72_474, HaveMasters: true, "stem.conv.weight", "policy of MixedDigitNet"),
                new(ScalarType.Float32, 14, 608, HaveMasters: false, "stem.bn.weight", "BatchNorm2d in a region"),
                new(ScalarType.Float32, 14, 608, HaveMasters: false, "stem.bn.running_mean", "statistics, not trained"),
            ],
            rows);
        Assert.All(trainer.Training.MasterWeights.Parameters, master => Assert.Equal(ScalarType.Float32, master.dtype));
    }

    [Fact]
    public void The_model_itself_is_left_as_it_is_in_float32()
    {
        using var trainer = new Trainer(() => new DigitNet(DigitImages.Classes), training, Settings, CPU);

        Assert.All(trainer.Storage(), row => Assert.Equal((ScalarType.Float32, false), (row.Dtype, row.HaveMasters)));
    }

    [Fact]
    public void Both_models_begin_with_the_same_weights()
    {
        using var float32 = new Trainer(() => new DigitNet(DigitImages.Classes), training, Settings, CPU);
        using var mixed = new Trainer(() => new MixedDigitNet(DigitImages.Classes), training, Settings, CPU);

        Assert.All(
            float32.Training.MasterWeights.Parameters.Zip(mixed.Training.MasterWeights.Parameters),
            pair => Assert.True(pair.First.to(ScalarType.BFloat16).Equals(pair.Second.to(ScalarType.BFloat16))));
    }

    [Fact]
    public void Stopping_ends_the_training_after_the_step_that_is_running()
    {
        using var trainer = new Trainer(() => new MixedDigitNet(DigitImages.Classes), training, Settings, CPU);
        trainer.Run(new SilentDisplay(), test, new CancellationToken(canceled: true));

        Assert.Equal(1, trainer.Training.Steps);
    }

    [Fact]
    public void A_training_leaves_no_tensors_behind()
    {
        var few = training.Part(0, 100);
        using var trainer = new Trainer(() => new MixedDigitNet(DigitImages.Classes), few, Settings with { Epochs = 1 }, CPU);
        trainer.Run(new SilentDisplay(), few, CancellationToken.None);
        var before = Live();
        trainer.Run(new SilentDisplay(), few, CancellationToken.None);

        Assert.Equal(before, Live());
        few.Dispose();

        static long Live()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Tensor.TotalCount;
        }
    }
}
