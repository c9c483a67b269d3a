namespace Precision.Reports;

/// <summary>A plot with its words.</summary>
/// <param name="Title">What is plotted.</param>
/// <param name="Caption">How to read it.</param>
/// <param name="Svg">An SVG element.</param>
internal sealed record ComparisonPlot(string Title, string Caption, string Svg);
