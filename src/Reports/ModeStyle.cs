using OxyPlot;
using Precision.Inspection;

namespace Precision.Reports;

/// <summary>How a mode looks in every plot: the format decides the colour, the storage the line.</summary>
internal static class ModeStyle
{
    /// <summary>Told apart by those who see no red or no green, too (Okabe and Ito's palette).</summary>
    public static OxyColor Color(ModeResult mode) => mode.Policy.Compute switch
    {
        Dtype.BFloat16 => OxyColor.FromRgb(0x00, 0x72, 0xB2),
        Dtype.Float16 => OxyColor.FromRgb(0xD5, 0x5E, 0x00),
        _ => OxyColor.FromRgb(0x4D, 0x4D, 0x4D),
    };

    /// <summary>Float32 parameters are drawn through.</summary>
    public static LineStyle Line(ModeResult mode) => mode.Policy switch
    {
        { Parameters: Dtype.Float32 } => LineStyle.Solid,
        { Autocast: true } => LineStyle.Dash,
        _ => LineStyle.Dot,
    };

    /// <summary>The line beside a mode's name in the page's legend, as an SVG element that looks as the lines in the plots do.</summary>
    public static string Sample(ModeResult mode)
    {
        var dashes = Line(mode) switch
        {
            LineStyle.Dash => "6 3",
            LineStyle.Dot => "2 2",
            _ => "none",
        };
        var color = Color(mode);
        return $"""<svg class="sample" viewBox="0 0 28 8" aria-hidden="true"><line x1="0" y1="4" x2="28" y2="4" stroke="#{color.R:x2}{color.G:x2}{color.B:x2}" stroke-width="3" stroke-dasharray="{dashes}"/></svg>""";
    }
}
