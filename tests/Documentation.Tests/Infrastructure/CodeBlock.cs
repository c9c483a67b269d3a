using Markdig.Syntax;

namespace Precision.Documentation.Tests.Infrastructure;

/// <summary>A fenced block of a page, with what a comment on the line before says about it.</summary>
internal sealed class CodeBlock
{
    private const string Placeholder = "/* block */";

    private readonly FencedCodeBlock block;

    public CodeBlock(string page, FencedCodeBlock block)
    {
        this.block = block;
        Page = page;
        var siblings = block.Parent!;
        var index = siblings.IndexOf(block);
        Remark = index > 0 && siblings[index - 1] is HtmlBlock html ? Remark.Parse(html.Lines.ToString()) : Remark.None;
        if (Remark.WithAbove)
        {
            Above = siblings.Take(index).OfType<FencedCodeBlock>().Where(above => above.Info == block.Info).Select(above => new CodeBlock(page, above)).Last();
        }
    }

    public string Page { get; }

    /// <summary>From 1.</summary>
    public int Line => block.Line + 1;

    public string Language => block.Info ?? "";

    public string Text => block.Lines.ToString();

    public Remark Remark { get; }

    /// <summary>The block that this one needs; null = none.</summary>
    public CodeBlock? Above { get; }

    /// <summary>The block as a file: in its context where it names one, whose usings are left to <see cref="Usings"/>.</summary>
    public string Source => Context.Replace(Placeholder, Text, StringComparison.Ordinal);

    /// <summary>How many lines of <see cref="Source"/> stand before the block's first.</summary>
    public int LinesBefore => Context[..Context.IndexOf(Placeholder, StringComparison.Ordinal)].Count(character => character == '\n');

    /// <summary>The context's usings. Apart, so that the lines of a block that stands first are counted as on the page.</summary>
    public IEnumerable<string> Usings => ContextLines.Where(IsUsing);

    private string Context => Remark.Context is null
        ? Placeholder
        : string.Join('\n', ContextLines.Where(line => !IsUsing(line) && !line.StartsWith("//", StringComparison.Ordinal))).TrimStart();

    private string[] ContextLines => Remark.Context is { } name
        ? File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Contexts", $"{name}.cs")).Split('\n')
        : [];

    private static bool IsUsing(string line) => line.StartsWith("using ", StringComparison.Ordinal);
}
