using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Functions;

namespace Precision.Generator.Forward;

/// <summary>
/// Adds to every class annotated with <c>[MixedPrecision]</c> or <c>[FullPrecision]</c> the forward that runs it so, and to every autograd
/// function marked <c>[MixedPrecisionFunction]</c> its forward and backward. Reports nothing: the analyzers of PRC0001 to PRC0006, PRC0010
/// and PRC0012 do.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed partial class MixedPrecisionGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var classes = context.CompilationProvider
            .Select(static (compilation, token) => AnnotatedClasses.Of(compilation, token).Models)
            .SelectMany(static (models, _) => models)
            .WithTrackingName(TrackingNames.Classes);
        context.RegisterSourceOutput(classes, WriteClass);
        var functions = context.CompilationProvider
            .Select(static (compilation, token) => FunctionClasses.Of(compilation, token).Models)
            .SelectMany(static (models, _) => models)
            .WithTrackingName(TrackingNames.Functions);
        context.RegisterSourceOutput(functions, WriteFunction);
    }
}
