using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Forward;

namespace Precision.Analyzer.Tests.Infrastructure;

/// <summary>Other assemblies that a test source refers to.</summary>
internal static class Libraries
{
    /// <summary>Compiles a source as the assembly <c>Library</c>, with or without the generator.</summary>
    public static MetadataReference Compile(string source, bool generate)
    {
        Compilation compilation = CSharpCompilation.Create(
            "Library",
            [CSharpSyntaxTree.ParseText(source)],
            TestReferences.All,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        if (generate)
        {
            CSharpGeneratorDriver.Create(new MixedPrecisionGenerator())
                .RunGeneratorsAndUpdateCompilation(compilation, out compilation, out _);
        }

        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return MetadataReference.CreateFromImage(image.ToArray());
    }
}
