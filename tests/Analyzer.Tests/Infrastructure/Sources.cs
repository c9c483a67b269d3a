using Precision.Analyzer.Tests.Documentation;
using Precision.Generator.Tests.Forward;

namespace Precision.Analyzer.Tests.Infrastructure;

/// <summary>Sources for tests that hold for any source.</summary>
internal static class Sources
{
    /// <summary>Classes of every shape, and what the rules' pages call bad and good.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. ClassShapes.All.Values
            .Concat(RulePage.All.SelectMany(page => page.Bad.Concat(page.Good)))
            .Select(source => TestReferences.Usings + source),
    ];
}
