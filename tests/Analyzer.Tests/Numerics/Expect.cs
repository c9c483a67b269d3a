using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>Diagnostics at the place that a source marks with <c>{|#0:…|}</c>.</summary>
internal static class Expect
{
    /// <summary>A warning by its whole text.</summary>
    public static DiagnosticResult Message(string id, string message) => At(id, DiagnosticSeverity.Warning).WithMessage(message);

    /// <summary>Information by its whole text.</summary>
    public static DiagnosticResult InfoMessage(string id, string message) => Info(id).WithMessage(message);

    /// <summary>What holds on one kind of device only.</summary>
    public static DiagnosticResult Info(string id) => At(id, DiagnosticSeverity.Info);

    /// <summary>A warning, whatever it says.</summary>
    public static DiagnosticResult Warning(string id) => At(id, DiagnosticSeverity.Warning);

    private static DiagnosticResult At(string id, DiagnosticSeverity severity)
        => new DiagnosticResult(id, severity).WithLocation(0).WithOptions(DiagnosticOptions.IgnoreAdditionalLocations);
}
