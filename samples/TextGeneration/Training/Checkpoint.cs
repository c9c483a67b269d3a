using TextGeneration.Model;
using static TorchSharp.torch;

namespace TextGeneration.Training;

/// <summary>Weights, optimizer, step and random state in one file, replaced as a whole or not at all.</summary>
internal static class Checkpoint
{
    public static void Save(string path, Gpt model, optim.Optimizer optimizer, int step)
    {
        var unfinished = path + ".tmp";
        using (var file = new BinaryWriter(File.Create(unfinished)))
        {
            file.Write(step);
            model.save(file);
            ((TorchSharp.Modules.OptimizerHelper)optimizer).save_state_dict(file);
            using var state = random.get_rng_state();
            file.Write((int)state.numel());
            file.Write(state.bytes);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <returns>The step.</returns>
    /// <exception cref="UserErrorException">The file is not of this model, or damaged.</exception>
    public static int Load(string path, Gpt model, optim.Optimizer optimizer) => Read(path, file =>
    {
        var step = file.ReadInt32();
        model.load(file);
        ((TorchSharp.Modules.OptimizerHelper)optimizer).load_state_dict(file);
        using var state = tensor(file.ReadBytes(file.ReadInt32()));
        random.set_rng_state(state);
        return step;
    });

    /// <exception cref="UserErrorException">The file is not of this model, or damaged.</exception>
    public static void LoadModel(string path, Gpt model) => Read(path, file =>
    {
        var step = file.ReadInt32();
        model.load(file);
        return step;
    });

    private static int Read(string path, Func<BinaryReader, int> read)
    {
        try
        {
            using var file = new BinaryReader(File.OpenRead(path));
            return read(file);
        }
        catch (Exception e) when (e is ArgumentException or IOException or FormatException)
        {
            throw new UserErrorException(
                $"The checkpoint '{path}' does not fit the model that run.json beside it describes: {e.Message}",
                "Keep the two files of one run together.",
                e);
        }
    }
}
