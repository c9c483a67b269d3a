using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Classes;

namespace Precision.Generator.Flow.Callers;

/// <summary>A module of the compilation, as it runs in an annotated model of another assembly.</summary>
/// <param name="Type">Its class.</param>
/// <param name="Precision">What the model's annotation says.</param>
internal sealed record AssumedModel(INamedTypeSymbol Type, PrecisionOfClass Precision);
