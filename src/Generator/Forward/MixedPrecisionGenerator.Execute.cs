using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Forward.Functions;
using Precision.Generator.Forward.Models;

namespace Precision.Generator.Forward;

/// <summary>The work of the pipeline's steps.</summary>
public sealed partial class MixedPrecisionGenerator
{
    private static void WriteClass(SourceProductionContext context, AnnotatedClass model)
        => context.AddSource(model.HintName, SourceText.From(AnnotatedClassWriter.Write(model), Encoding.UTF8));

    private static void WriteFunction(SourceProductionContext context, FunctionClass model)
        => context.AddSource(model.HintName, SourceText.From(FunctionWriter.Write(model), Encoding.UTF8));
}
