using System.Runtime.InteropServices;
using Precision.Package.Tests.Infrastructure;

namespace Precision.Package.Tests.Consumers;

/// <summary>Published programs without what they do not use, and as native code.</summary>
[Collection(PackageTests.Name)]
public sealed class PublishTests(PackedPackage package)
{
    private static readonly string[] Linkers = ["clang", "gcc"];

    /// <summary>The model lies in a library: its fields must be kept too, for TorchSharp finds its parameters there.</summary>
    [SkippableTheory]
    [InlineData("PublishTrimmed")]
    [InlineData("PublishAot")]
    public async Task Published_program_trains(string property)
    {
        Skip.If(
            property == "PublishAot" && !OperatingSystem.IsWindows() && !Linkers.Any(IsOnPath),
            "Native code is linked by clang or gcc, and this machine has neither.");
        var program = package.OfReadme();
        var model = program.IndexOf("[MixedPrecision", StringComparison.Ordinal);
        var usings = program[..program.IndexOf("\n\n", StringComparison.Ordinal)];
        var consumer = package.Consumer(property)
            .WriteProject("lib/lib.csproj", properties: "")
            .Write("lib/Model.cs", $"{usings}\n\n{program[model..]}")
            .WriteProject(
                "app/app.csproj",
                $"<OutputType>Exe</OutputType><{property}>true</{property}><InvariantGlobalization>true</InvariantGlobalization>",
                """<ItemGroup><ProjectReference Include="../lib/lib.csproj" /></ItemGroup>""")
            .Write("app/Program.cs", program[..model]);

        var publish = await consumer.Dotnet(
            "publish", "app", "-r", RuntimeInformation.RuntimeIdentifier, "-o", consumer.PathOf("published"), "--nologo", "-v", "quiet");
        Skip.If(
            publish.Output.Contains("NU1101", StringComparison.Ordinal) || publish.Output.Contains("NU1102", StringComparison.Ordinal),
            "The feed has no runtime or native compiler of this SDK's version.");

        Assert.True(publish.ExitCode == 0, publish.ToString());
        Assert.DoesNotContain("Assembly 'Precision' produced", publish.Output, StringComparison.Ordinal);
        (await Command.Run(consumer.Folder, consumer.PathOf(OperatingSystem.IsWindows() ? "published/app.exe" : "published/app"))).AssertLearned();
    }

    private static bool IsOnPath(string program)
        => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
