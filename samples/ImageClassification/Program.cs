using System.CommandLine;
using ImageClassification.Commands;

var console = SampleProgram.Console;
return SampleProgram.Run(
    new RootCommand("Trains an existing convolutional network on handwritten digits, in mixed precision and without editing it.")
    {
        new TrainCommand(console),
        new CompareCommand(console),
    },
    args);
