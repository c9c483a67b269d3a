using Precision.Documentation.Tests.Infrastructure;

namespace Precision.Documentation.Tests;

/// <summary>Links of the documentation lead somewhere.</summary>
public class LinkTests
{
    public static TheoryData<string> Pages => [.. Page.All.Select(page => page.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_to_files_and_headings_lead_there(string path)
    {
        var page = Page.At(path);
        var broken = page.Links
            .Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal))
            .Where(link => !Exists(path, link));

        Assert.Empty(broken);
    }

    private static bool Exists(string page, string link)
    {
        var (file, anchor) = link.Split('#') is [var f, var a] ? (f, a) : (link, null);
        var target = file.Length == 0 ? page : Path.GetRelativePath(Repository.PathOf(""), Path.Combine(Repository.PathOf(page), "..", file)).Replace('\\', '/');
        return (File.Exists(Repository.PathOf(target)) || Directory.Exists(Repository.PathOf(target)))
            && (anchor is null || !target.EndsWith(".md", StringComparison.Ordinal) || Page.At(target).Anchors.Contains(anchor));
    }
}
