using System.Text.Json.Serialization;

namespace Precision.Inspection;

/// <summary>How results are written as JSON; compiled, so that a trimmed program can do it too.</summary>
/// <remarks>A training that diverges has losses of NaN and infinity. They are a finding and must not be lost, so they are strings.</remarks>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ComparisonResult))]
internal sealed partial class ComparisonJson : JsonSerializerContext;
