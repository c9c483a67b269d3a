using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Modules;

namespace Precision.Generator.Summaries;

/// <summary>
/// Writes into a library what its modules would be reported for where annotated models of other assemblies hold them. Nobody sees
/// their source there. An output of builds: it analyses every module in every mode.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class ModuleSummaryGenerator : IIncrementalGenerator
{
    /// <summary>The step that finds the text, for the tests of what is cached.</summary>
    internal const string Summary = nameof(Summary);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var text = context.CompilationProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (input, token) => Write(input.Left, input.Right, token))
            .WithTrackingName(Summary);
        context.RegisterImplementationSourceOutput(text, static (context, text) =>
        {
            if (text is not null)
            {
                context.AddSource("ModuleSummary.g.cs", SourceText.From(text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)));
            }
        });
    }

    private static string? Write(Compilation compilation, AnalyzerConfigOptionsProvider options, CancellationToken token)
    {
        var modules = SummarisedModules.Of(compilation);
        return modules.Count > 0
            ? ModuleSummaryWriter.Write(modules.OrderBy(ModuleSummary.IdOf, StringComparer.Ordinal).SelectMany(new ModuleJudge(compilation, options, token).Judge))
            : null;
    }
}
