using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Precision.Analyzer.Tests.Documentation;
using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Programs;

/// <summary>
/// Files whose lines say what is to be reported (<see cref="Mark"/>). Models carry <c>[MixedPrecision(…)]</c>; the arguments are
/// replaced by those of a <see cref="Mode"/>. A line <c>// repair: …</c> says what the line above it is without its fault.
/// </summary>
internal sealed class MarkedSource
{
    private readonly string[] names;
    private readonly string[] texts;

    private MarkedSource(string[] names, string[] texts)
    {
        this.names = names;
        this.texts = texts;
        Marks = [.. texts.SelectMany(static (text, file) => Mark.Of(file, text))];
    }

    public IReadOnlyList<Mark> Marks { get; }

    public IReadOnlyList<string> Texts => texts;

    /// <summary>All files of a folder under <c>Programs</c>.</summary>
    public static MarkedSource Folder(string folder)
    {
        var root = PathOf(folder);
        return Read(root, Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    /// <summary>One file of a folder.</summary>
    public static MarkedSource File(string folder, string name) => Read(PathOf(folder), [Path.Combine(PathOf(folder), name + ".cs")]);

    /// <summary>The names of a folder's files, for theories.</summary>
    public static IEnumerable<string> FileNames(string folder)
        => Directory.EnumerateFiles(PathOf(folder), "*.cs").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    /// <summary>The files with each line replaced by the <c>// repair:</c> below it. No line moves, and no mark is left.</summary>
    public MarkedSource Repaired() => new(names, [.. texts.Select(Repaired)]);

    /// <summary>The files as they are in a mode. No line moves.</summary>
    public string[] In(Mode mode) => [.. texts.Select(text => Rewrite(text, mode))];

    /// <summary>The files without annotations: <c>ForwardCore</c> is the override of <c>forward</c>. No line moves.</summary>
    public string[] InFloat32() => [.. texts.Select(static text => Rewrite(text, mode: null))];

    /// <summary>What is marked for a mode is reported there, and nothing else is; the failure lists both kinds of difference.</summary>
    public async Task AssertReported(Mode mode)
    {
        var compilation = await RuleCompilation.Create(In(mode));
        Assert.Empty(compilation.CompilerErrors);
        var wanted = Marks.Where(mark => !mark.IsGap && mark.Modes.Contains(mode.Name)).Select(static mark => (mark.File, mark.Line, mark.Id)).ToHashSet();
        var reported = compilation.Diagnostics
            .Where(static diagnostic => diagnostic.Id.StartsWith("PRC1", StringComparison.Ordinal) || diagnostic.Id.StartsWith("PRC3", StringComparison.Ordinal))
            .Select(diagnostic => (File: FileOf(diagnostic.Location.SourceTree!.FilePath), diagnostic.Location.GetLineSpan().StartLinePosition.Line, diagnostic.Id))
            .ToHashSet();
        var missing = wanted.Except(reported).Order().ToArray();
        var extra = reported.Except(wanted).Order().ToArray();
        Assert.True(
            missing.Length + extra.Length == 0,
            $"""
            {mode.Name}: {wanted.Count - missing.Length} of {wanted.Count} wanted reports, and {extra.Length} others
            missing:
            {string.Join('\n', missing.Select(Describe))}
            not wanted:
            {string.Join('\n', extra.Select(Describe))}
            """);
    }

    public string Describe((int File, int Line, string Id) place)
        => $"  {place.Id} {names[place.File]}({place.Line - TestReferences.Usings.Count(static c => c == '\n') + 1}): {texts[place.File].Split('\n')[place.Line].Trim()}";

    private static string Repaired(string text)
    {
        const string Repair = "// repair: ";
        var lines = text.Split('\n');
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].TrimStart().StartsWith(Repair, StringComparison.Ordinal))
            {
                lines[i - 1] = lines[i].Replace(Repair, "", StringComparison.Ordinal);
            }
        }

        return string.Join('\n', lines.Select(static line => line.Split(" // want ", 2)[0].Split(" // gap ", 2)[0]));
    }

    private static string PathOf(string folder) => Repository.PathOf("tests/Analyzer.Tests/Programs/" + folder);

    private static MarkedSource Read(string root, IEnumerable<string> paths)
    {
        var files = paths.ToArray();
        return new(
            [.. files.Select(path => Path.GetRelativePath(root, path))],
            [.. files.Select(static path => TestReferences.Usings + System.IO.File.ReadAllText(path))]);
    }

    /// <summary><see cref="RuleCompilation"/> numbers its files.</summary>
    private static int FileOf(string path) => int.Parse(path["Source".Length..^".cs".Length], System.Globalization.CultureInfo.InvariantCulture);

    private static string Rewrite(string source, Mode? mode)
    {
        var text = SourceText.From(source);
        var changes = new List<TextChange>();
        foreach (var attributes in CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes().OfType<AttributeListSyntax>())
        {
            if (attributes.Attributes is not [{ Name: IdentifierNameSyntax { Identifier.ValueText: "MixedPrecision" or "FullPrecision" } name } attribute])
            {
                continue;
            }

            if (mode is null)
            {
                changes.Add(new(attributes.Span, ""));
                changes.AddRange(attributes.Parent is ClassDeclarationSyntax type ? type.Members.OfType<MethodDeclarationSyntax>().SelectMany(AsForward) : []);
            }
            else if (name.Identifier.ValueText == "MixedPrecision")
            {
                changes.Add(new(attribute.ArgumentList!.Span, $"({mode.Arguments})"));
            }
        }

        return text.WithChanges(changes.OrderBy(static change => change.Span.Start)).ToString();
    }

    private static IEnumerable<TextChange> AsForward(MethodDeclarationSyntax method)
        => method.Identifier.ValueText == "ForwardCore"
            ? [new(method.Modifiers.Span, "public override"), new(method.Identifier.Span, "forward")]
            : [];
}
