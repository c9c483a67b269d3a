using Microsoft.CodeAnalysis;

namespace Precision.Analyzer.Tests.Architectures;

/// <summary>What is reported about the annotated architectures, line by line.</summary>
internal static class Pins
{
    public static readonly Pin[] All = [];
}

/// <summary>One report that is right.</summary>
/// <param name="Architecture">The file.</param>
/// <param name="Rule">The rule's id.</param>
/// <param name="Severity">Its severity there.</param>
/// <param name="Annotations">Under which attributes.</param>
/// <param name="Line">The line as it is written.</param>
/// <param name="Reason">Why it is right.</param>
internal sealed record Pin(
    string Architecture,
    string Rule,
    DiagnosticSeverity Severity,
    string[] Annotations,
    string Line,
    string Reason);
