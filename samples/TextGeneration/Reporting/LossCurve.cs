using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using TextGeneration.Training;

namespace TextGeneration.Reporting;

/// <summary>Draws the losses over the steps as an SVG, by a renderer that needs no fonts and no native library.</summary>
internal static class LossCurve
{
    private const double Width = 900;
    private const double Height = 500;

    public static string ToSvg(LossHistory history)
    {
        // The text measurer knows Arial's metrics; a viewer without Arial takes its own sans-serif.
        var model = new PlotModel
        {
            Title = "Loss on the text being learned and on its held-out end",
            TitleFontSize = 15,
            Background = OxyColors.White,
            DefaultFont = "Arial",
        };
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.TopRight, LegendPadding = 20, LegendLineSpacing = 6 });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "step", MajorGridlineStyle = LineStyle.Solid });
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left,
            Title = "loss (nats per character)",
            MajorGridlineStyle = LineStyle.Solid,
        });
        foreach (var axis in model.Axes)
        {
            axis.AxisTitleDistance = 16;
            axis.MajorGridlineColor = OxyColor.FromRgb(0xE0, 0xE0, 0xE0);
        }

        model.Series.Add(Line("training", history.Training, OxyColor.FromRgb(0x7F, 0xB0, 0xE0), MarkerType.None));
        model.Series.Add(Line("validation", history.Validation, OxyColor.FromRgb(0xC0, 0x50, 0x20), MarkerType.Circle));
        return new SvgExporter { Width = Width, Height = Height, UseVerticalTextAlignmentWorkaround = true }.ExportToString(model);
    }

    private static LineSeries Line(string title, IEnumerable<(int Step, double Loss)> points, OxyColor color, MarkerType marker)
    {
        var line = new LineSeries { Title = title, Color = color, MarkerType = marker, MarkerFill = color };
        line.Points.AddRange(points.Select(point => new DataPoint(point.Step, point.Loss)));
        return line;
    }
}
