namespace Precision.Generator.Tests.Infrastructure;

/// <summary>The repository's own sources.</summary>
internal static class SourceFiles
{
    /// <summary>What the SDK imports in every file.</summary>
    public const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>The C# files of a project, by their path in it.</summary>
    public static IEnumerable<(string Path, string Text)> Of(string project)
    {
        var folder = Path.Combine(Root(), project);
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(folder, path), File.ReadAllText(path)));
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Precision.sln")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException("Precision.sln is in no directory above the tests.");
        }

        return directory.FullName;
    }
}
