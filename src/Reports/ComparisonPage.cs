using System.Globalization;
using System.Text.Encodings.Web;
using Fluid;
using Precision.Inspection;

namespace Precision.Reports;

/// <summary>A comparison as one HTML page that needs nothing else: no script, no network.</summary>
public static class ComparisonPage
{
    private static readonly Lazy<IFluidTemplate> Template = new(Parse);

    /// <summary>The page, as text in UTF-8's range.</summary>
    /// <param name="result">What was found.</param>
    public static string ToHtml(ComparisonResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var context = new TemplateContext(new TemplateOptions { MemberAccessStrategy = UnsafeMemberAccessStrategy.Instance });
        context.SetValue("task", result.Task);
        context.SetValue("conditions", Conditions(result));
        context.SetValue("headline", result.Recommendation.Headline);
        context.SetValue("reasons", result.Recommendation.Reasons);
        context.SetValue("columns", ComparisonTable.Columns(result));
        context.SetValue("rows", ComparisonTable.Rows(result).ToList());
        context.SetValue("legend", result.Modes.Select(static mode => new LegendEntry(mode.Name, ModeStyle.Sample(mode))).ToList());
        context.SetValue("plots", ComparisonPlots.Of(result).ToList());
        context.SetValue("format_columns", FormatTable.Columns);
        context.SetValue("formats", FormatTable.Rows(result.Hardware).ToList());
        return Template.Value.Render(context, HtmlEncoder.Default);
    }

    private static string Conditions(ComparisonResult result)
    {
        var seeds = string.Join(", ", result.Seeds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Device}: {result.Hardware.Name}. {result.Steps} steps of {result.SamplesPerStep:N0} {result.SampleUnit}, "
            + $"seed{(result.Seeds.Count == 1 ? "" : "s")} {seeds}. {result.Time:yyyy-MM-dd HH:mm}.");
    }

    private static IFluidTemplate Parse()
    {
        using var stream = typeof(ComparisonPage).Assembly.GetManifestResourceStream(typeof(ComparisonPage), "ComparisonPage.liquid")!;
        using var reader = new StreamReader(stream);
        return new FluidParser().Parse(reader.ReadToEnd());
    }
}
