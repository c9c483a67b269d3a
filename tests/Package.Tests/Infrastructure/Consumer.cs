namespace Precision.Package.Tests.Infrastructure;

/// <summary>A user's folder, with projects that reference the package.</summary>
/// <param name="folder">The folder.</param>
/// <param name="version">The package's version.</param>
internal sealed class Consumer(string folder, string version)
{
    /// <summary>The folder.</summary>
    public string Folder => folder;

    /// <summary>A path in the folder.</summary>
    public string PathOf(string relative) => Path.Combine(folder, relative);

    /// <summary>Writes a file.</summary>
    public Consumer Write(string relative, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(relative))!);
        File.WriteAllText(PathOf(relative), text);
        return this;
    }

    /// <summary>Writes a project that references the package.</summary>
    /// <param name="relative">The project file.</param>
    /// <param name="properties">Properties beside those of a new console application.</param>
    /// <param name="items">Items beside the package, and targets after them.</param>
    /// <param name="framework">The target framework, in its element.</param>
    public Consumer WriteProject(
        string relative,
        string properties = "<OutputType>Exe</OutputType>",
        string items = "",
        string framework = "<TargetFramework>net10.0</TargetFramework>")
        => Write(relative, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                {framework}
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <!-- Versions that TorchSharp asks for and that not every feed has. -->
                <NoWarn>$(NoWarn);NU1603</NoWarn>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Precision" Version="{version}" />
              </ItemGroup>
              {items}
            </Project>
            """);

    /// <summary>Runs <c>dotnet</c> in the folder.</summary>
    public Task<Command> Dotnet(params string[] arguments) => Command.Run(folder, "dotnet", arguments);

    /// <summary>Builds a project.</summary>
    /// <param name="project">The project's folder in this one, or its file.</param>
    /// <param name="options">Further options.</param>
    public Task<Command> Build(string project = ".", params string[] options) => Dotnet(["build", project, "--nologo", "-v", "quiet", .. options]);
}
