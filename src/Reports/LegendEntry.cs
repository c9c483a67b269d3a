namespace Precision.Reports;

/// <summary>A mode in the page's legend.</summary>
/// <param name="Name">The mode.</param>
/// <param name="Sample">Its line, an SVG element.</param>
internal sealed record LegendEntry(string Name, string Sample);
