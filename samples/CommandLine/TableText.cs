using System.Globalization;
using Spectre.Console;

namespace Samples.CommandLine;

/// <summary>Tables of names and values.</summary>
public static class TableText
{
    /// <summary>A table of two columns without headings.</summary>
    public static Table Of(string title, params IEnumerable<(string Name, string Value)> rows)
    {
        var table = new Table { Title = new TableTitle(title), ShowHeaders = false, Border = TableBorder.Rounded };
        table.AddColumns("", "");
        foreach (var (name, value) in rows)
        {
            table.AddRow(new Text(name), new Text(value));
        }

        return table;
    }

    /// <summary>Text with numbers as they are written in English, whatever the machine's language.</summary>
    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
