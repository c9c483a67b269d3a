using System.Globalization;
using System.Xml.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using Precision.Inspection;

namespace Precision.Reports;

/// <summary>The plots of a comparison as SVG, drawn by a renderer that needs no fonts and no native library.</summary>
internal static class ComparisonPlots
{
    // A plot fills half of a wide window and all of a narrow one; it is drawn between both sizes, so that its text stays readable.
    private const double Width = 560;
    private const double Height = 360;
    private const double FontSize = 14;

    // Room left of the plot for what stands there.
    private const double LongestNumber = 64;
    private const double LetterOfName = 8;

    private const double Headroom = 1.1;

    private static readonly OxyColor Grid = OxyColor.FromRgb(0xE3, 0xE6, 0xEA);

    /// <summary>All plots that the result has numbers for.</summary>
    public static IEnumerable<ComparisonPlot> Of(ComparisonResult result)
    {
        var seeds = result.Seeds.Count > 1 ? $" Bands: smallest to largest of {result.Seeds.Count} seeds; lines: their mean." : "";
        yield return Plot(
            "Validation loss",
            "On held-out data." + seeds,
            Losses(result, static trial => trial.Validation.Select(static point => (point.Step, point.Loss))));
        yield return Plot(
            "Training loss",
            "Mean since the point before." + seeds,
            Losses(result, static trial => trial.Training.Select(static point => (point.Step, point.Loss))));
        if (result.Modes.Any(static mode => mode.Trials.Any(static trial => trial.Training.Any(static point => point.LossScale != 1))))
        {
            yield return Plot(
                "Loss scale", "The factor that keeps Float16's gradients from becoming 0; it falls when one is infinite.", LossScales(result));
        }

        yield return Plot("Speed", $"{result.SampleUnit} per second, higher is better.", Bars(result, static mode => mode.SamplesPerSecond));
        if (result.Modes.All(static mode => mode.PeakMemoryBytes is not null))
        {
            yield return Plot(
                "Memory",
                "MiB that a training took at most, lower is better.",
                Bars(result, static mode => mode.PeakMemoryBytes!.Value / (1024.0 * 1024)));
        }
    }

    private static PlotModel Losses(ComparisonResult result, Func<TrialResult, IEnumerable<(int Step, double Loss)>> curve)
    {
        var model = Model();
        // A mode that diverges would press all others flat.
        var highest = result.Modes[0].Trials.SelectMany(curve).Select(static point => point.Loss).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        model.Axes.Add(Steps());
        var loss = Axis<LinearAxis>(AxisPosition.Left);
        loss.Maximum = highest > 0 ? highest * Headroom : double.NaN;
        model.Axes.Add(loss);
        foreach (var mode in result.Modes)
        {
            var points = mode.Trials.SelectMany(curve)
                .Where(static point => double.IsFinite(point.Loss))
                .GroupBy(static point => point.Step, static point => point.Loss)
                .OrderBy(static group => group.Key)
                .ToList();
            if (result.Seeds.Count > 1)
            {
                var band = new AreaSeries { Color = OxyColors.Transparent, Fill = OxyColor.FromAColor(0x38, ModeStyle.Color(mode)) };
                band.Points.AddRange(points.Select(static group => new DataPoint(group.Key, group.Max())));
                band.Points2.AddRange(points.Select(static group => new DataPoint(group.Key, group.Min())));
                model.Series.Add(band);
            }

            model.Series.Add(Line(mode, points.Select(static group => new DataPoint(group.Key, group.Average()))));
        }

        return model;
    }

    private static PlotModel LossScales(ComparisonResult result)
    {
        var model = Model();
        model.Axes.Add(Steps());
        var scale = Axis<LogarithmicAxis>(AxisPosition.Left);
        scale.Base = 2;
        scale.StringFormat = "#,0.###";
        model.Axes.Add(scale);
        var scales = result.Modes.SelectMany(static mode => mode.Trials[0].Training).Select(static point => point.LossScale).Where(static value => value is > 0 and not 1).ToList();
        (scale.Minimum, scale.Maximum) = (scales.Min() / 4, scales.Max() * 4);
        foreach (var mode in result.Modes)
        {
            var first = mode.Trials[0].Training.Where(static point => point.LossScale > 0).ToList();
            if (first.Exists(static point => point.LossScale != 1))
            {
                model.Series.Add(Line(mode, first.Select(static point => new DataPoint(point.Step, point.LossScale))));
            }
        }

        return model;
    }

    private static PlotModel Bars(ComparisonResult result, Func<ModeResult, double> value)
    {
        var model = Model(LongestNumber + (LetterOfName * Math.Max(0, result.Modes.Max(static mode => mode.Name.Length) - 7)));
        // A category axis counts from below.
        var modes = result.Modes.Reverse().ToList();
        var names = Axis<CategoryAxis>(AxisPosition.Left);
        names.MajorGridlineStyle = LineStyle.None;
        names.Labels.AddRange(modes.Select(static mode => mode.Name));
        // Half a bar of room at both ends.
        (names.Minimum, names.Maximum) = (-0.5, modes.Count - 0.5);
        model.Axes.Add(names);
        var amounts = Axis<LinearAxis>(AxisPosition.Bottom);
        amounts.MinimumPadding = 0;
        amounts.AbsoluteMinimum = 0;
        amounts.MaximumPadding = 0.18;
        amounts.StringFormat = "#,0";
        model.Axes.Add(amounts);
        var bars = new BarSeries { LabelFormatString = "{0:#,0}", LabelPlacement = LabelPlacement.Outside, LabelMargin = 6, StrokeThickness = 0, BarWidth = 0.7 };
        bars.Items.AddRange(modes.Select(mode => new BarItem(double.IsFinite(value(mode)) ? value(mode) : 0) { Color = ModeStyle.Color(mode) }));
        model.Series.Add(bars);
        return model;
    }

    private static LineSeries Line(ModeResult mode, IEnumerable<DataPoint> points)
    {
        var line = new LineSeries { Color = ModeStyle.Color(mode), LineStyle = ModeStyle.Line(mode), StrokeThickness = 2 };
        line.Points.AddRange(points);
        return line;
    }

    /// <summary>
    /// Without title and legend, which the page has, and with fixed margins: a viewer may take another font than the one whose metrics
    /// are known here.
    /// </summary>
    private static PlotModel Model(double left = LongestNumber) => new()
    {
        Background = OxyColors.White,
        // A viewer without Arial takes its own sans-serif.
        DefaultFont = "Arial",
        DefaultFontSize = FontSize,
        PlotAreaBorderColor = Grid,
        PlotMargins = new OxyThickness(left, 8, 20, 48),
    };

    private static LinearAxis Steps()
    {
        var axis = Axis<LinearAxis>(AxisPosition.Bottom);
        axis.Title = "step";
        axis.AxisTitleDistance = 8;
        return axis;
    }

    private static T Axis<T>(AxisPosition position)
        where T : Axis, new() => new()
        {
            Position = position,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = Grid,
            TicklineColor = Grid,
        };

    /// <summary>Draws a plot as an element of a page, which decides its size.</summary>
    private static ComparisonPlot Plot(string title, string caption, PlotModel model)
    {
        var svg = XElement.Parse(
            new SvgExporter { Width = Width, Height = Height, IsDocument = false, UseVerticalTextAlignmentWorkaround = true }.ExportToString(model));
        svg.SetAttributeValue("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width} {Height}"));
        svg.SetAttributeValue("width", null);
        svg.SetAttributeValue("height", null);
        svg.SetAttributeValue("role", "img");
        svg.SetAttributeValue("aria-label", title);
        MakeIdsUnique(svg, title.Replace(' ', '-'));
        return new ComparisonPlot(title, caption, svg.ToString(SaveOptions.DisableFormatting));
    }

    /// <summary>Every plot names its clipping paths alike, and on one page a reference would find those of the first.</summary>
    private static void MakeIdsUnique(XElement svg, string prefix)
    {
        foreach (var attribute in svg.Descendants().Attributes())
        {
            attribute.Value = attribute.Name.LocalName == "id"
                ? $"{prefix}-{attribute.Value}"
                : attribute.Value.Replace("url(#", $"url(#{prefix}-", StringComparison.Ordinal);
        }
    }
}
