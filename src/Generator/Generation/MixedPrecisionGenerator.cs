using Microsoft.CodeAnalysis;
using Precision.Generator.Generation.Models;
using Precision.Generator.Generation.Symbols;

namespace Precision.Generator.Generation;

/// <summary>
/// Adds to every class annotated with <c>[MixedPrecision]</c> or <c>[FullPrecision]</c> the forward that runs it so. Reports
/// nothing: the analyzers of PRC0001 to PRC0006 do.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed partial class MixedPrecisionGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        context.RegisterSourceOutput(Classes(context, AnnotationSymbols.MixedPrecisionAttribute), WriteClass);
        context.RegisterSourceOutput(Classes(context, AnnotationSymbols.FullPrecisionAttribute), WriteClass);
    }

    private static IncrementalValuesProvider<AnnotatedClass> Classes(IncrementalGeneratorInitializationContext context, string attribute)
        => context.SyntaxProvider
            .ForAttributeWithMetadataName(attribute, IsClass, BuildModel)
            .Where(static model => model is not null)
            .Select(static (model, _) => model!)
            .WithTrackingName(TrackingNames.Classes);
}
