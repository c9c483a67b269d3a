using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Precision.Distributed;
using Precision.Training.Benchmarks;
using static TorchSharp.torch;

var folder = new Argument<string>("data") { Description = "The folder that prepare.py wrote." };
var output = new Argument<string>("output") { Description = "The file to append JSON lines to." };
var size = new Option<string>("--size") { Description = "A size of contract.json.", DefaultValueFactory = _ => "gpt2" };
var location = new Option<string>("--device") { Description = "Where to train.", DefaultValueFactory = _ => "cuda" };
var modes = new Option<string>("--modes")
{
    Description = $"Separated by ';'. All: {string.Join("; ", TrainingMode.All.Select(mode => mode.Name))}",
    DefaultValueFactory = _ => string.Join(";", TrainingMode.All.Select(mode => mode.Name)),
};
var parallel = new Option<string>("--parallel")
{
    Description = "none: one process; data: gradients averaged over the processes that a launcher started; sharded: optimizer states divided too.",
    DefaultValueFactory = _ => "none",
};
parallel.AcceptOnlyFromAmong("none", "data", "sharded");
var overlap = new Option<bool>("--overlap")
{
    Description = "Whether several processes average gradients during the backward; false: after it.",
    DefaultValueFactory = _ => true,
};
var warmup = new Option<int>("--warmup") { Description = "Steps before the clock starts.", DefaultValueFactory = _ => 20 };
var steps = new Option<int>("--steps") { Description = "Steps of a timed round.", DefaultValueFactory = _ => 10 };
var rounds = new Option<int>("--rounds") { Description = "Timed rounds; the median counts.", DefaultValueFactory = _ => 3 };
var command = new RootCommand("Trains the benchmark's GPT-2 in each mode and writes one JSON line a mode.")
{
    folder, output, size, location, modes, parallel, overlap, warmup, steps, rounds,
};
command.SetAction(arguments =>
{
    var contract = Contract.Load();
    backends.cuda.matmul.allow_tf32 = true;
    var kind = arguments.GetValue(parallel)!;
    using var group = kind == "none" ? null : ProcessGroup.Join();
    var where = group?.Device ?? device(arguments.GetValue(location)!);
    var run = new TrainingRun(
        contract.Sizes[arguments.GetValue(size)!], contract.Optimizer, arguments.GetValue(folder)!, where, group,
        isSharded: kind == "sharded", isOverlapped: arguments.GetValue(overlap));
    foreach (var name in arguments.GetValue(modes)!.Split(';', StringSplitOptions.TrimEntries))
    {
        var mode = TrainingMode.All.FirstOrDefault(mode => mode.Name == name)
            ?? throw new ArgumentException($"There is no mode '{name}'. See --help.");
        var result = run.Measure(mode, arguments.GetValue(warmup), arguments.GetValue(steps), arguments.GetValue(rounds));
        if (group is { IsFirst: false })
        {
            continue;
        }

        File.AppendAllText(arguments.GetValue(output)!, JsonSerializer.Serialize(result, Contract.Json) + "\n");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {result.Milliseconds:F2} ms, {result.PeakBytes / Math.Pow(2, 30):F2} GiB, loss {result.Losses[^1]:F4}"));
    }
});
return command.Parse(args).Invoke();
