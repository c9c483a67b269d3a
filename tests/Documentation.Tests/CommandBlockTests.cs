using System.CommandLine;
using System.Runtime.InteropServices;
using Precision.Documentation.Tests.Infrastructure;
using Spectre.Console;

namespace Precision.Documentation.Tests;

/// <summary>What the documentation tells people to run: scripts, projects and options are there.</summary>
public class CommandBlockTests
{
    private static readonly Dictionary<string, RootCommand> Samples = new()
    {
        ["samples/TextGeneration"] = CommandsOf(typeof(global::TextGeneration.Commands.TrainCommand)),
        ["samples/ImageClassification"] = CommandsOf(typeof(global::ImageClassification.Commands.TrainCommand)),
    };

    public static TheoryData<string, string> Commands
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var block in Page.All.SelectMany(page => page.Blocks).Where(block => block.Language is "bash" or "sh"))
            {
                foreach (var command in block.Text.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
                {
                    if (WithoutComment(command) is { Length: > 0 } text)
                    {
                        data.Add(block.Page, text);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_names_scripts_projects_and_options_that_exist(string page, string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipWhile(word => word.Contains('=', StringComparison.Ordinal)).ToArray();
        foreach (var path in words.Select(word => word.StartsWith("./", StringComparison.Ordinal) ? word[2..] : word)
            .Where(word => word.Split('/')[0] is "eng" or "samples" or "benchmarks" or "tests" or "src"))
        {
            Assert.True(File.Exists(Repository.PathOf(path)) || Directory.Exists(Repository.PathOf(path)), $"{page}: {path} is not there.");
            if (path.EndsWith(".sh", StringComparison.Ordinal) && !RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
            {
                Assert.True(File.GetUnixFileMode(Repository.PathOf(path)).HasFlag(UnixFileMode.UserExecute), $"{path} is not executable.");
            }
        }

        if (Samples.Keys.FirstOrDefault(words.Contains) is { } sample && Array.IndexOf(words, "--") is var separator and > 0)
        {
            Assert.Empty(Samples[sample].Parse(CommandLineOf(command)).Errors);
        }
    }

    /// <summary>A sample's commands are the classes beside this one.</summary>
    private static RootCommand CommandsOf(Type beside)
    {
        var root = new RootCommand();
        foreach (var type in beside.Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Command)) && type.Namespace == beside.Namespace))
        {
            root.Subcommands.Add((Command)Activator.CreateInstance(type, AnsiConsole.Console)!);
        }

        return root;
    }

    private static string CommandLineOf(string command) => command[(command.IndexOf(" -- ", StringComparison.Ordinal) + 4)..];

    private static string WithoutComment(string line) => (line.StartsWith('#') ? "" : line.Split("  #")[0].Split(" # ")[0]).Trim();
}
