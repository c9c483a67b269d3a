using Precision.Generator.Generation.Models;

namespace Precision.Generator.Interception.Models;

/// <summary>A source file with calls that are replaced: one generated file each.</summary>
/// <param name="HintName">The generated file's name.</param>
/// <param name="Calls">In the order of the source.</param>
internal sealed record InterceptedFile(string HintName, EquatableArray<InterceptedCall> Calls);
