using System.Globalization;
using System.Security;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Precision.Documentation.Tests.Infrastructure;

namespace Precision.Documentation.Tests.Pictures;

/// <summary>
/// Draws a code block as an editor shows it: reported places underlined, messages in a box. Every piece of text is given its
/// length, so that lines and underlines meet in any font.
/// </summary>
internal static class DiagnosticPicture
{
    private const double CharacterWidth = 8.4;
    private const int LineHeight = 22;
    private const int Margin = 18;
    private const int FewestColumns = 88;

    /// <returns>An SVG.</returns>
    public static string Draw(CodeBlock block, IReadOnlyList<Diagnostic> diagnostics)
    {
        var code = SourceText.From(block.Text);
        var columns = Math.Max(FewestColumns, code.Lines.Max(line => line.Span.Length) + 2);
        var svg = new StringBuilder();
        foreach (var (start, text, color) in CodeColors.Of(block.Text))
        {
            var position = code.Lines.GetLinePosition(start);
            svg.Append(Text(X(position.Character), Y(position.Line), text, color));
        }

        foreach (var place in diagnostics.Select(diagnostic => diagnostic.Location.GetLineSpan().Span).Distinct())
        {
            svg.Append(Underline(X(place.Start.Character), X(place.End.Character), Y(place.Start.Line - block.LinesBefore) + 5));
        }

        var top = Y(code.Lines.Count) - LineHeight + 12;
        var line = 0;
        var messages = new StringBuilder();
        foreach (var diagnostic in diagnostics)
        {
            var head = $"{diagnostic.Id}  {diagnostic.Severity.ToString().ToLowerInvariant()}";
            messages.Append(Text(X(1), top + 24 + (LineHeight * line++), head, "#3794ff"));
            foreach (var part in Wrapped(diagnostic.GetMessage(CultureInfo.InvariantCulture), columns - 4))
            {
                messages.Append(Text(X(1), top + 24 + (LineHeight * line++), part, "#cccccc"));
            }
        }

        var boxHeight = (LineHeight * line) + 14;
        var (width, height) = ((int)X(columns) + Margin, top + boxHeight + Margin);
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="ui-monospace, Consolas, Menlo, 'DejaVu Sans Mono', monospace" font-size="14">
            <rect width="{width}" height="{height}" rx="8" fill="#1e1e1e"/>
            {svg}<rect x="{Margin}" y="{top}" width="{width - (2 * Margin)}" height="{boxHeight}" rx="4" fill="#252526" stroke="#454545"/>
            {messages}</svg>

            """;
    }

    private static double X(int column) => Margin + (column * CharacterWidth);

    private static int Y(int line) => Margin + 14 + (line * LineHeight);

    private static string Text(double x, int y, string text, string color) => string.Create(
        CultureInfo.InvariantCulture,
        $"<text x=\"{x:0.#}\" y=\"{y}\" fill=\"{color}\" textLength=\"{text.Length * CharacterWidth:0.#}\" xml:space=\"preserve\">{SecurityElement.Escape(text)}</text>\n");

    private static string Underline(double from, double to, int y)
    {
        var path = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"M{from:0.#} {y}"));
        for (var (x, up) = (from + 3, true); x < to; x += 3, up = !up)
        {
            path.Append(CultureInfo.InvariantCulture, $" L{x:0.#} {(up ? y - 3 : y)}");
        }

        return $"<path d=\"{path}\" fill=\"none\" stroke=\"#cca700\" stroke-width=\"1.4\"/>\n";
    }

    private static IEnumerable<string> Wrapped(string text, int columns)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > columns)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }
}
