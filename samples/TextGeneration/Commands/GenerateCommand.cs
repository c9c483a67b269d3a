using System.CommandLine;
using Spectre.Console;
using TextGeneration.Data;
using TextGeneration.Generation;
using TextGeneration.Reporting;
using TextGeneration.Training;

namespace TextGeneration.Commands;

/// <summary><c>generate</c>: lets a trained model write on from a prompt.</summary>
internal sealed class GenerateCommand : Command
{
    private readonly IAnsiConsole console;

    private readonly Option<string> checkpoint = new("--checkpoint")
    {
        Description = "Folder that 'train' wrote to.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("out", "text-generation"),
    };

    private readonly Option<string> prompt = new("--prompt")
    {
        Description = "What the model writes on from.",
        HelpName = "text",
        DefaultValueFactory = _ => "The ",
    };

    private readonly Option<int?> length = new Option<int?>("--length")
    {
        Description = "Characters to write.",
        HelpName = "characters",
        DefaultValueFactory = _ => 500,
    }.AtLeast(1);

    private readonly Option<double> temperature = new Option<double>("--temperature")
    {
        Description = "0 always takes the likeliest character, 1 samples what the model believes, above is wilder.",
        HelpName = "number",
        DefaultValueFactory = _ => 0.8,
    }.Between(0, 10);

    private readonly Option<int> seed = new("--seed")
    {
        Description = "The same seed gives the same text.",
        HelpName = "number",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string> device = DeviceOption.Create();

    public GenerateCommand(IAnsiConsole console)
        : base("generate", "Let a trained model write.")
    {
        this.console = console;
        foreach (var option in new Option[] { checkpoint, prompt, length, temperature, seed, device })
        {
            Options.Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        var target = DeviceOption.Parse(result.GetValue(device)!);
        var folder = new RunFolder(result.GetValue(checkpoint)!);
        var run = folder.Open();
        using var gpt = new TrainableGpt(run, target, Ranks.Alone);
        gpt.Load(folder.Checkpoint);
        var generator = new TextGenerator(
            gpt.Model, new CharacterVocabulary(run.Vocabulary), result.GetValue(temperature), result.GetValue(seed));
        var start = result.GetValue(prompt)!;
        console.WriteAsItComes(generator.Continue(start, result.GetValue(length)!.Value, target).Prepend(start));
        return ExitCodes.Success;
    }
}
