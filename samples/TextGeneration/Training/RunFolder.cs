using TextGeneration.Reporting;

namespace TextGeneration.Training;

/// <summary>The files of one run.</summary>
internal sealed class RunFolder(string path)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string Settings => File("run.json");

    public string Checkpoint => File("checkpoint.bin");

    public string Losses => File("losses.csv");

    public string Curve => File("loss.svg");

    public string Passage => File("passage.txt");

    /// <summary>Makes the folder for a new run. A run that is there already is replaced.</summary>
    /// <exception cref="UserErrorException">The folder cannot be made or written to.</exception>
    public void Create(RunSettings settings)
    {
        try
        {
            Directory.CreateDirectory(Path);
            foreach (var file in new[] { Settings, Checkpoint, Losses, Curve, Passage })
            {
                System.IO.File.Delete(file);
            }

            System.IO.File.WriteAllText(Settings, settings.ToJson());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The folder '{Path}' cannot be written: {e.Message}", "Give another one with --out.", e);
        }
    }

    /// <exception cref="UserErrorException">There is no run, or its settings cannot be read.</exception>
    public RunSettings Open()
    {
        if (!System.IO.File.Exists(Settings) || !System.IO.File.Exists(Checkpoint))
        {
            throw new UserErrorException(
                $"'{Path}' holds no checkpoint (it needs run.json and checkpoint.bin).",
                "Give the folder that 'train' wrote to (its --out).");
        }

        try
        {
            return RunSettings.FromJson(System.IO.File.ReadAllText(Settings));
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new UserErrorException(
                $"'{Settings}' is damaged: {e.Message}", "Restore it, or train again with another --out.", e);
        }
    }

    /// <summary>
    /// Writes where the run stands; all ranks call it, and the first writes. The losses come first, so that a checkpoint never lacks those that
    /// led to it.
    /// </summary>
    /// <exception cref="UserErrorException">A file cannot be written; the checkpoint that was there stands.</exception>
    public void Save(Trainer trainer)
    {
        try
        {
            if (trainer.Ranks.IsFirst)
            {
                System.IO.File.WriteAllText(Losses, trainer.History.ToCsv());
                System.IO.File.WriteAllText(Curve, LossCurve.ToSvg(trainer.History));
            }

            trainer.Save(Checkpoint);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"The run cannot be saved in '{Path}': {e.Message}",
                "Make room or allow writing there, then go on from the last checkpoint with train --resume.",
                e);
        }
    }

    /// <summary>Sets a trainer to where the run stands.</summary>
    public void Load(Trainer trainer)
    {
        trainer.Load(Checkpoint);
        trainer.History = LossHistory.FromCsv(System.IO.File.ReadAllText(Losses), trainer.Step);
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);
}
