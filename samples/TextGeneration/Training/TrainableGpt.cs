using Precision;
using Precision.Optim;
using TextGeneration.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TextGeneration.Training;

/// <summary>A model with all that its training keeps beside it: master weights, optimizer, loss scale.</summary>
internal sealed class TrainableGpt : IDisposable
{
    private const double WeightDecay = 0.1;
    private const double Beta2 = 0.99;

    public TrainableGpt(RunSettings run, Device device, Ranks ranks)
    {
        Seed(run.Training.Seed, device);

        Model = new Gpt(run.Shape, run.Training.Dropout) { PrecisionPolicy = run.Training.Precision };
        Model.to(device);
        Training = MixedPrecisionTraining.Create(Model, Optimizer, new() { Parallelism = ranks.Parallelism });
        if (ranks.Count > 1)
        {
            Seed(run.Training.Seed + ranks.Rank, device); // so that each rank draws its own dropout
        }
    }

    public Gpt Model { get; }

    public MixedPrecisionTraining Training { get; }

    public void Save(string path) => Training.Save(path);

    /// <exception cref="UserErrorException">The file is not a checkpoint of this model, or damaged.</exception>
    public void Load(string path)
    {
        try
        {
            Training.Load(path);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"The checkpoint cannot be read: {e.Message}",
                "Keep checkpoint.bin and run.json of one run together, or train again.",
                e);
        }
    }

    public void Dispose()
    {
        Training.Dispose();
        Model.Dispose();
    }

    private static void Seed(int seed, Device device)
    {
        random.manual_seed(seed);
        if (device.type is DeviceType.CUDA)
        {
            cuda.manual_seed_all(seed);
        }
    }

    /// <summary>AdamW; only matrices decay, as usual: biases and the weights of normalisations have no use for it.</summary>
    private static FusedAdamW Optimizer(IReadOnlyList<(string name, Parameter parameter)> named)
    {
        var isMatrix = named.ToLookup(entry => entry.parameter.dim() > 1);
        return new FusedAdamW(
            [
                new FusedAdam.ParamGroup(isMatrix[true], weight_decay: WeightDecay),
                new FusedAdam.ParamGroup(isMatrix[false], weight_decay: 0),
            ],
            beta2: Beta2);
    }
}
