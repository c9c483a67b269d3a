using System.CommandLine;
using System.Globalization;
using Precision;
using Precision.Inspection;
using Precision.Reports;
using Spectre.Console;
using static TorchSharp.torch;

namespace TextGeneration.Commands;

/// <summary><c>hardware</c>: what the device computes natively, how fast, and which dtype is advised for it.</summary>
internal sealed class HardwareCommand : Command
{
    private readonly IAnsiConsole console;
    private readonly Option<string> device = DeviceOption.Create();

    public HardwareCommand(IAnsiConsole console)
        : base("hardware", "Show what the device computes natively, how fast, and which dtype is advised for it.")
    {
        this.console = console;
        Options.Add(device);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        var target = DeviceOption.Parse(result.GetValue(device)!);
        var hardware = Hardware.Of(target);
        console.Write(TableText.Of(
            "hardware",
            ("device", $"{target}: {hardware.Name}"),
            ("memory", hardware.MemoryBytes is { } bytes ? TableText.Invariant($"{bytes / Math.Pow(1024, 3):F1} GiB") : "not known"),
            ("threads", target.type is TorchSharp.DeviceType.CPU ? get_num_threads().ToString(CultureInfo.InvariantCulture) : "of the GPU")));
        var table = new Table { Title = new TableTitle("formats"), Border = TableBorder.Rounded };
        foreach (var column in FormatTable.Columns.Append("matrix product"))
        {
            table.AddColumn(new TableColumn(new Text(column)));
        }

        foreach (var (format, row) in DtypeFormat.All.Zip(FormatTable.Rows(hardware)))
        {
            table.AddRow(row.Append(Rate(target, format.Dtype)).Select(static cell => new Text(cell)));
        }

        console.Write(table);
        console.WriteLine($"Advised: {hardware.Advice.Dtype}. {hardware.Advice.Reason}");
        return ExitCodes.Success;
    }

    private static string Rate(Device device, Dtype dtype)
    {
        var rate = MatrixProductRate.Measure(device, dtype);
        return TableText.Invariant($"{rate.FlopPerSecond / 1e12:G3} TFLOP/s ({rate.Size} x {rate.Size})");
    }
}
