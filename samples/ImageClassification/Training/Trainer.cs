using System.Diagnostics;
using ImageClassification.Data;
using Precision;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ImageClassification.Training;

/// <summary>
/// Trains a classifier of images. The same code trains the model as it is, in float32, and its wrapper in mixed precision: an
/// unannotated module is left as it stands.
/// </summary>
internal sealed class Trainer : IDisposable
{
    private const double WeightDecay = 0.01;
    private const int TestBatch = 500;
    private const int ReportEvery = 5;

    private readonly nn.Module<Tensor, Tensor> model;
    private readonly TrainingSettings settings;
    private readonly DigitImages images;
    private readonly Stopwatch stepping = new();
    private long seen;

    /// <param name="make">Makes the model, which the trainer owns. Its initial weights are drawn from the settings' seed.</param>
    public Trainer(Func<nn.Module<Tensor, Tensor>> make, DigitImages images, TrainingSettings settings, Device device)
    {
        this.images = images;
        this.settings = settings;
        Steps = settings.Epochs * (int)((images.Count + settings.Batch - 1) / settings.Batch);
        random.manual_seed(settings.Seed);
        if (device.type is DeviceType.CUDA)
        {
            cuda.manual_seed_all(settings.Seed);
        }

        model = make().to(device);
        Training = MixedPrecisionTraining.Create(
            model, named => new FusedAdamW(named, lr: settings.LearningRate, weight_decay: WeightDecay));
    }

    public MixedPrecisionTraining Training { get; }

    /// <summary>How many steps the whole training takes.</summary>
    public int Steps { get; }

    /// <summary>Over the time spent in steps.</summary>
    public double ImagesPerSecond => seen / stepping.Elapsed.TotalSeconds;

    /// <param name="display">Gets the steps and the loss, and the accuracy after each epoch.</param>
    /// <param name="test">Images to measure the accuracy on.</param>
    /// <param name="stop">Ends the training after the step that is running.</param>
    public void Run(IProgressDisplay display, DigitImages test, CancellationToken stop)
    {
        var schedule = torch.optim.lr_scheduler.OneCycleLR(Training.Optimizer, settings.LearningRate, total_steps: Steps);
        model.train();
        for (var epoch = 0; epoch < settings.Epochs; epoch++)
        {
            foreach (var (inputs, labels) in images.Shuffled(settings.Batch, settings.Seed + epoch))
            {
                stepping.Start();
                var loss = cross_entropy(model.call(inputs), labels);
                Training.Backward(loss);
                if (Training.Step().Applied)
                {
                    schedule.step();
                }

                seen += inputs.shape[0];
                stepping.Stop();
                if (Training.Steps % ReportEvery == 0)
                {
                    display.Show((int)Training.Steps, ProgressOf(epoch, loss.item<float>()));
                }

                if (stop.IsCancellationRequested)
                {
                    return;
                }
            }

            display.Note(TableText.Invariant($"epoch {epoch + 1}: {Accuracy(test):F2} % of the held-out digits right"));
        }
    }

    /// <summary>How many of these images the model tells right, in percent.</summary>
    public double Accuracy(DigitImages test)
    {
        using var _ = no_grad();
        model.eval();
        var right = 0L;
        foreach (var (inputs, labels) in test.InOrder(TestBatch))
        {
            right += model.call(inputs).argmax(1).eq(labels).sum().item<long>();
        }

        model.train();
        return 100.0 * right / test.Count;
    }

    /// <summary>What the model's tensors are stored as, seen on the tensors themselves.</summary>
    public IReadOnlyList<StorageRow> Storage() => StorageRow.Of(model, Training.MasterWeights);

    public void Dispose()
    {
        Training.Dispose();
        model.Dispose();
    }

    private string ProgressOf(int epoch, float loss) => TableText.Invariant(
        $"epoch {epoch + 1} of {settings.Epochs}, step {Training.Steps,4} of {Steps}  loss {loss:F4}  {ImagesPerSecond:N0} images/s");
}
