using Precision.Inspection;
using Spectre.Console;

namespace Precision.Reports.Tests;

public class ComparisonConsoleTests
{
    private const int WidthOfLog = 200;

    [Fact]
    public void The_report_has_table_remarks_and_recommendation()
    {
        var text = Written(console => console.Write(ComparisonConsole.Report(Results.Usual)));

        Assert.All(
            ["validation loss", "tokens/s", "12.5", "5,120", "100 MiB", "65,536", "Train in BFloat16.", "- And that."],
            expected => Assert.Contains(expected, text));
        Assert.Contains("Float16: reduced: too slow for the time limit", text);
    }

    [Fact]
    public void A_mode_that_does_not_train_is_told_with_the_reason()
        => Assert.Contains(
            "Float16: does not train: everything <overflowed>", Written(console => console.Write(ComparisonConsole.Report(Results.Diverged))));

    [Fact]
    public void Every_column_has_a_cell_in_every_row()
    {
        var columns = ComparisonTable.Columns(Results.Usual).Count;

        Assert.All(ComparisonTable.Rows(Results.Usual), row => Assert.Equal(columns, row.Count));
        Assert.All(FormatTable.Rows(Results.Usual.Hardware), row => Assert.Equal(FormatTable.Columns.Count, row.Count));
    }

    private static string Written(Action<IAnsiConsole> write)
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        console.Profile.Width = WidthOfLog;
        write(console);
        return output.ToString();
    }
}
