using System.IO.Compression;
using System.Xml.Linq;

namespace Precision.Package.Tests.Infrastructure;

/// <summary>
/// The package, made once from what the build left, in a feed of its own. Projects beside the feed take this package and no
/// other of its name, into a package folder of their own; everything else comes from the machine's sources, and without a
/// download where the machine has it already.
/// </summary>
public sealed class PackedPackage : IAsyncLifetime
{
    private readonly string workspace = Directory.CreateTempSubdirectory("precision-package-").FullName;

    /// <summary>The package.</summary>
    internal string File => Path.Combine(Feed, $"Precision.{Version}.nupkg");

    /// <summary>Its symbols.</summary>
    internal string SymbolsFile => Path.ChangeExtension(File, "snupkg");

    /// <summary>The package's version.</summary>
    internal string Version { get; private set; } = "";

    private string Feed => Path.Combine(workspace, "feed");

    /// <summary>What packages are extracted into: kept, so that the next run downloads nothing again.</summary>
    private static string PackageFolder => Path.Combine(Repository.Root, "artifacts", "package-tests");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        (await Pack(Feed)).Succeeded();
        Version = Path.GetFileNameWithoutExtension(Directory.GetFiles(Feed, "Precision.*.nupkg").Single())["Precision.".Length..];
        var extracted = Path.Combine(PackageFolder, "precision");
        if (Directory.Exists(extracted))
        {
            Directory.Delete(extracted, recursive: true);
        }

        new XDocument(
            new XElement(
                "configuration",
                new XElement("config", Add("globalPackagesFolder", PackageFolder)),
                new XElement("fallbackPackageFolders", Add("machine", await MachinePackageFolder())),
                new XElement("packageSources", Add("packed", Feed)),
                new XElement(
                    "packageSourceMapping",
                    [
                        Source("packed", "Precision"),
                        .. (await MachineSources()).Select(name => Source(name, "*")),
                    ])))
            .Save(Path.Combine(workspace, "nuget.config"));

        // What lies above the temporary folder concerns nobody here.
        foreach (var inherited in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
        {
            await System.IO.File.WriteAllTextAsync(Path.Combine(workspace, inherited), "<Project />");
        }

        static XElement Add(string key, string value) => new("add", new XAttribute("key", key), new XAttribute("value", value));

        static XElement Source(string name, string pattern)
            => new("packageSource", new XAttribute("key", name), new XElement("package", new XAttribute("pattern", pattern)));
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        Directory.Delete(workspace, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Makes the package.</summary>
    /// <param name="output">The folder that gets it.</param>
    internal static Task<Command> Pack(string output)
        => Command.Run(
            Repository.Root, "dotnet", "pack", "src/Runtime", "-c", Repository.Configuration, "--no-build", "-o", output, "-p:DeterministicTimestamp=1000000000");

    /// <summary>An empty folder for a project that uses the package.</summary>
    /// <param name="name">The folder's name.</param>
    internal Consumer Consumer(string name) => new(Directory.CreateDirectory(Path.Combine(workspace, name)).FullName, Version);

    /// <summary>What a file of the package says.</summary>
    /// <param name="path">The file's path in the package.</param>
    internal string Text(string path)
    {
        using var archive = ZipFile.OpenRead(File);
        using var reader = new StreamReader(archive.GetEntry(path)!.Open());
        return reader.ReadToEnd();
    }

    private static async Task<string> MachinePackageFolder()
    {
        var command = await Command.Run(Repository.Root, "dotnet", "nuget", "locals", "global-packages", "--list");
        return command.Output[(command.Output.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    private static async Task<IEnumerable<string>> MachineSources()
    {
        // "  1.  nuget.org [Enabled]"
        var command = await Command.Run(Repository.Root, "dotnet", "nuget", "list", "source");
        return command.Output.Split('\n')
            .Where(line => line.EndsWith("[Enabled]", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf('.', StringComparison.Ordinal) + 1)..^"[Enabled]".Length].Trim());
    }
}

/// <summary>The tests share one package, and run one after the other: each starts a build.</summary>
[CollectionDefinition(Name)]
public sealed class PackageTests : ICollectionFixture<PackedPackage>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "Package";
}
