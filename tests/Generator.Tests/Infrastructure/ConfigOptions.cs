using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Precision.Generator.Tests.Infrastructure;

/// <summary>Options as the compiler reads them from a <c>.globalconfig</c> file and, for some files, from sections of an <c>.editorconfig</c> file.</summary>
internal sealed class ConfigOptions(params (string Name, string Value)[] project) : AnalyzerConfigOptionsProvider
{
    private static readonly Values Nothing = new([]);

    public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(project.ToDictionary());

    /// <summary>Options of single files, by their paths.</summary>
    public Dictionary<string, (string Name, string Value)[]> Files { get; init; } = [];

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => Files.TryGetValue(tree.FilePath, out var own) ? new Values(own.ToDictionary()) : Nothing;

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => Nothing;

    private sealed class Values(Dictionary<string, string> options) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => options.TryGetValue(key, out value);
    }
}
