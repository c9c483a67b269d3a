using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception.Models;

/// <summary>What one source file says of interception.</summary>
/// <param name="Calls">The calls in it that can be replaced, in the order of the source.</param>
/// <param name="Taken">The places that interceptors declared in it take.</param>
internal sealed record CallsOfFile(EquatableArray<InterceptedCall> Calls, EquatableArray<string> Taken);
