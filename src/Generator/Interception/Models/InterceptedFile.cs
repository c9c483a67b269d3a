using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception.Models;

/// <summary>A source file with calls that are replaced: one generated file each.</summary>
/// <param name="HintName">The generated file's name.</param>
/// <param name="Calls">In the order of the source.</param>
/// <param name="ClassName">The class of the interceptors; null where it can be local to the file.</param>
internal sealed record InterceptedFile(string HintName, EquatableArray<InterceptedCall> Calls, string? ClassName);
