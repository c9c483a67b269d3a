using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Precision.Package.Tests.Infrastructure;

namespace Precision.Package.Tests;

/// <summary>What is in the package.</summary>
[Collection(PackageTests.Name)]
public sealed class ContentTests(PackedPackage package)
{
    [Fact]
    public void Package_contains_library_compiler_extensions_and_targets()
        => Assert.Equal(
            [
                "Precision.nuspec",
                "README.md",
                "analyzers/dotnet/cs/Precision.CodeFixes.dll",
                "analyzers/dotnet/cs/Precision.Generator.dll",
                "buildTransitive/net10.0/Precision.off.globalconfig",
                "buildTransitive/net10.0/Precision.strict.globalconfig",
                "buildTransitive/net10.0/Precision.targets",
                "icon.png",
                "lib/net10.0/Precision.dll",
                "lib/net10.0/Precision.xml",
            ],
            Entries(package.File));

    [Fact]
    public void Symbols_package_contains_the_librarys_symbols()
        => Assert.Equal(["Precision.nuspec", "lib/net10.0/Precision.pdb"], Entries(package.SymbolsFile));

    [Fact]
    public void Symbols_belong_to_the_library()
    {
        using var library = new PEReader(new MemoryStream(Bytes(package.File, "lib/net10.0/Precision.dll")));
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Bytes(package.SymbolsFile, "lib/net10.0/Precision.pdb")));

        var codeView = library.ReadCodeViewDebugDirectoryData(
            library.ReadDebugDirectory().First(entry => entry.Type == DebugDirectoryEntryType.CodeView));

        Assert.Equal(codeView.Guid, new BlobContentId(symbols.GetMetadataReader().DebugMetadataHeader!.Id).Guid);
    }

    [Fact]
    public void Package_depends_on_TorchSharp_and_configuration_abstractions_only()
        => Assert.Equal(
            ["Microsoft.Extensions.Configuration.Abstractions", "TorchSharp"],
            Nuspec().Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => (string)element.Attribute("id")!));

    [Fact]
    public void Package_says_what_it_is()
    {
        var metadata = Nuspec().Root!.Elements().Single().Elements().ToLookup(element => element.Name.LocalName);

        Assert.Equal("Precision", Assert.Single(metadata["id"]).Value);
        Assert.Equal("MIT", Assert.Single(metadata["license"]).Value);
        Assert.Equal("README.md", Assert.Single(metadata["readme"]).Value);
        Assert.Equal("icon.png", Assert.Single(metadata["icon"]).Value);
        Assert.NotEmpty(Assert.Single(metadata["description"]).Value);
        Assert.Matches("^[0-9a-f]{40}$", (string?)Assert.Single(metadata["repository"]).Attribute("commit"));
    }

    [Fact]
    public void Library_references_nothing_of_the_compiler()
        => Assert.DoesNotContain(
            References("lib/net10.0/Precision.dll"),
            reference => reference.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)
                || reference.StartsWith("Precision.", StringComparison.Ordinal));

    /// <summary>The compiler of the .NET SDK 10.0.100 is 5.0; it loads no workspaces.</summary>
    [Fact]
    public void Generator_references_the_oldest_supported_compiler_and_no_editor()
    {
        Assert.Equal(
            ["Microsoft.CodeAnalysis 5.0.0.0", "Microsoft.CodeAnalysis.CSharp 5.0.0.0"],
            References("analyzers/dotnet/cs/Precision.Generator.dll").Where(reference => reference.StartsWith("Microsoft", StringComparison.Ordinal)).Order());
        Assert.Contains("Microsoft.CodeAnalysis.Workspaces 5.0.0.0", References("analyzers/dotnet/cs/Precision.CodeFixes.dll"));
    }

    [Fact]
    public void Icon_is_a_png_of_128_pixels()
    {
        var icon = Bytes(package.File, "icon.png");

        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A], icon[..8]);
        Assert.Equal([0, 0, 0, 128, 0, 0, 0, 128], icon[16..24]);
    }

    [Fact]
    public async Task Packing_twice_gives_the_same_bytes()
    {
        var first = package.Consumer("first").Folder;
        var second = package.Consumer("second").Folder;
        (await PackedPackage.Pack(first)).Succeeded();
        (await PackedPackage.Pack(second)).Succeeded();

        foreach (var file in (string[])[package.File, package.SymbolsFile])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(first, Path.GetFileName(file))),
                File.ReadAllBytes(Path.Combine(second, Path.GetFileName(file))));
        }
    }

    /// <summary>In a clone whose remote is a public one: the checkout of the tests may have none.</summary>
    [Fact]
    public async Task Symbols_lead_to_the_sources_of_the_commit()
    {
        var folder = package.Consumer("clone").Folder;
        (await Command.Run(Repository.Root, "git", "clone", "--quiet", "--shared", ".", folder)).Succeeded();
        (await Command.Run(folder, "git", "remote", "set-url", "origin", "https://github.com/example/precision.git")).Succeeded();
        var commit = (await Command.Run(folder, "git", "rev-parse", "HEAD")).Output.Trim();
        var output = Directory.CreateDirectory(Path.Combine(folder, "artifacts", "obj", "Precision", "release")).FullName;

        (await Command.Run(folder, "dotnet", "msbuild", "src/Runtime", "-t:GenerateSourceLinkFile", "-p:Configuration=Release", "--nologo")).Succeeded();

        Assert.Contains(
            $"https://raw.githubusercontent.com/example/precision/{commit}/*",
            File.ReadAllText(Path.Combine(output, "Precision.sourcelink.json")),
            StringComparison.Ordinal);
    }

    /// <summary>The names of a package's files, without those of the container's format.</summary>
    private static IEnumerable<string> Entries(string file)
    {
        using var archive = ZipFile.OpenRead(file);
        return [.. archive.Entries.Select(entry => entry.FullName)
            .Where(name => name is not "[Content_Types].xml" and not "_rels/.rels" && !name.StartsWith("package/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
    }

    private static byte[] Bytes(string file, string path)
    {
        using var archive = ZipFile.OpenRead(file);
        using var entry = archive.GetEntry(path)!.Open();
        using var bytes = new MemoryStream();
        entry.CopyTo(bytes);
        return bytes.ToArray();
    }

    private XDocument Nuspec() => XDocument.Parse(package.Text("Precision.nuspec").TrimStart('\uFEFF'));

    private List<string> References(string path)
    {
        using var assembly = new PEReader(new MemoryStream(Bytes(package.File, path)));
        var metadata = assembly.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(metadata.GetAssemblyReference)
            .Select(reference => $"{metadata.GetString(reference.Name)} {reference.Version}")];
    }
}
