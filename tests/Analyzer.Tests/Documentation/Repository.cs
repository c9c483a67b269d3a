namespace Precision.Analyzer.Tests.Documentation;

/// <summary>The repository's text files.</summary>
internal static class Repository
{
    /// <summary>Set this environment variable to write what is generated instead of checking it.</summary>
    public const string UpdateVariable = "PRECISION_UPDATE_DOCS";

    private static readonly string? Root = FindRoot();

    /// <summary>Whether the tests run inside of the repository: on a GPU host they come alone.</summary>
    public static bool IsHere => Root is not null;

    public static string PathOf(string relative)
        => Path.Combine(Root ?? throw new DirectoryNotFoundException("Precision.sln is in no directory above the tests."), relative);

    /// <summary>Checks that a file has the text that is generated for it, or writes it.</summary>
    public static void AssertUpToDate(string relative, string expected)
    {
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllText(PathOf(relative), expected);
        }

        Assert.True(File.ReadAllText(PathOf(relative)) == expected, $"{relative} is stale: run the tests with {UpdateVariable}=1");
    }

    private static string? FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Precision.sln")))
        {
            directory = Path.GetDirectoryName(directory.TrimEnd(Path.DirectorySeparatorChar));
        }

        return directory;
    }
}
