using Precision.Documentation.Tests.Infrastructure;

namespace Precision.Documentation.Tests.Pictures;

/// <summary>Pictures of diagnostics show what the compiler really says; run with PRECISION_UPDATE_DOCS=1 to draw them anew.</summary>
public class DiagnosticPictureTests
{
    public static TheoryData<string> Names => [.. Blocks.Keys];

    private static Dictionary<string, CodeBlock> Blocks { get; } = Page.All
        .SelectMany(page => page.Blocks)
        .Where(block => block.Remark.Picture is not null)
        .ToDictionary(block => block.Remark.Picture!);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_picture_shows_the_code_and_what_is_reported(string name)
    {
        var diagnostics = await BlockCompilation.Diagnose(Blocks[name]);

        Assert.NotEmpty(diagnostics);
        Repository.AssertUpToDate($"docs/images/{name}.svg", DiagnosticPicture.Draw(Blocks[name], diagnostics));
    }
}
