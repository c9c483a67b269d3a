using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Precision.Documentation.Tests.Infrastructure;

/// <summary>A page of the documentation.</summary>
internal sealed class Page
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).UsePipeTables().Build();

    private static readonly Dictionary<string, Page> Parsed = [];

    private static readonly string[] Folders = ["docs", "samples", "benchmarks", "src", "tests"];

    private readonly MarkdownDocument document;

    private Page(string path)
    {
        Path = path;
        document = Markdown.Parse(File.ReadAllText(Repository.PathOf(path)), Pipeline);
        Blocks = [.. document.Descendants<FencedCodeBlock>().Select(block => new CodeBlock(path, block))];
    }

    /// <summary>Every page of the repository.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. Folders.SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Repository.PathOf(""), "*.md"))
            .Select(path => System.IO.Path.GetRelativePath(Repository.PathOf(""), path).Replace('\\', '/'))
            .Where(path => !path.Contains("/artifacts/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(At),
    ];

    /// <summary>From the root of the repository.</summary>
    public string Path { get; }

    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>Links and pictures, as they are written.</summary>
    public IEnumerable<string> Links => document.Descendants<LinkInline>().Select(link => link.Url ?? "");

    /// <summary>The names that a link may jump to.</summary>
    public IEnumerable<string> Anchors => document.Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id ?? "");

    public static Page At(string path) => Parsed.TryGetValue(path, out var page) ? page : Parsed[path] = new Page(path);
}
