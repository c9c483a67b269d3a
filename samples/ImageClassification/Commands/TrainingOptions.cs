using System.CommandLine;
using ImageClassification.Training;
using static TorchSharp.torch;

namespace ImageClassification.Commands;

/// <summary>The options that both commands have.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<int?> epochs = new Option<int?>("--epochs")
    {
        Description = "How many times every image is seen.",
        HelpName = "count",
        DefaultValueFactory = _ => 5,
    }.AtLeast(1);

    private readonly Option<int?> batch = new Option<int?>("--batch")
    {
        Description = "Images per step; BatchNorm needs at least 2.",
        HelpName = "count",
        DefaultValueFactory = _ => 64,
    }.AtLeast(2);

    private readonly Option<double> learningRate = new Option<double>("--learning-rate")
    {
        Description = "The highest one: it rises, then falls to almost 0.",
        HelpName = "rate",
        DefaultValueFactory = _ => 5e-3,
    }.Between(0, 1);

    private readonly Option<int> seed = new("--seed")
    {
        Description = "Of the initial weights and the order of the images.",
        HelpName = "number",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string> device = DeviceOption.Create();

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { epochs, batch, learningRate, seed, device })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="UserErrorException">The device is not there.</exception>
    public (TrainingSettings Settings, Device Device) Read(ParseResult result) => (
        new TrainingSettings(
            result.GetValue(epochs)!.Value, result.GetValue(batch)!.Value, result.GetValue(learningRate), result.GetValue(seed)),
        DeviceOption.Parse(result.GetValue(device)!));
}
