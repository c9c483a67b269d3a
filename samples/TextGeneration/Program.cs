using System.CommandLine;
using TextGeneration.Commands;

var console = SampleProgram.Console;
return SampleProgram.Run(
    new RootCommand("Trains a small GPT on a book in mixed precision, and lets it write.")
    {
        new TrainCommand(console),
        new GenerateCommand(console),
        new HardwareCommand(console),
        new CompareCommand(console),
    },
    args);
