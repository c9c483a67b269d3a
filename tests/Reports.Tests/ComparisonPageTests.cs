using System.Text.RegularExpressions;
using System.Xml.Linq;
using Precision.Inspection;

namespace Precision.Reports.Tests;

public partial class ComparisonPageTests
{
    [Fact]
    public void The_page_needs_neither_network_nor_script()
    {
        var html = ComparisonPage.ToHtml(Results.Usual);

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", html, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Loads().Matches(html));
    }

    [Fact]
    public void The_page_has_table_recommendation_and_plots()
    {
        var html = ComparisonPage.ToHtml(Results.Usual);

        Assert.Contains("<strong>Train in BFloat16.</strong>", html);
        Assert.Contains("<li>And that.</li>", html);
        Assert.All(["Validation loss", "Training loss", "Loss scale", "Speed"], title => Assert.Contains($"<strong>{title}</strong>", html));
        Assert.All(["Float32", "BFloat16", "Float16"], mode => Assert.Contains($"<td data-label=\"mode\">{mode}</td>", html));
        Assert.Contains("data-label=\"tokens/s\">5,120<", html);
        Assert.Contains("reduced: too slow for the time limit, compared with float32 after 20 steps", html);
        Assert.Contains("seeds 1, 2", html);
    }

    [Fact]
    public void Text_is_encoded()
    {
        var html = ComparisonPage.ToHtml(Results.Diverged);

        Assert.Contains("a &lt;task&gt; &amp; &quot;more&quot;", html);
        Assert.Contains("Because of &lt;this&gt;.", html);
        Assert.Contains("everything &lt;overflowed&gt;", html);
        Assert.DoesNotContain("<task>", html);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Plots_are_well_formed_and_take_the_size_that_the_page_gives_them(bool diverged)
    {
        var plots = Plots(diverged ? Results.Diverged : Results.Usual);

        Assert.Equal(diverged ? 3 : 4, plots.Count); // the loss scale where one was used, memory where all of it was measured
        Assert.All(plots, plot =>
        {
            Assert.Equal(("svg", "0 0 560 360"), (plot.Name.LocalName, plot.Attribute("viewBox")?.Value));
            Assert.Null(plot.Attribute("width"));
            Assert.DoesNotContain("NaN", plot.ToString());
            Assert.DoesNotContain("Infinity", plot.ToString());
        });
    }

    [Fact]
    public void Names_are_used_once_on_the_page_and_references_find_them()
    {
        var plots = Plots(Results.Usual);
        var ids = plots.SelectMany(plot => plot.Descendants().Attributes("id")).Select(attribute => attribute.Value).ToList();

        Assert.NotEmpty(ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(plots, plot => Assert.All(
            References().Matches(plot.ToString()),
            reference => Assert.Contains(plot.Descendants().Attributes("id"), id => id.Value == reference.Groups[1].Value)));
    }

    [Fact]
    public void Bands_are_drawn_where_there_are_several_seeds()
    {
        static int Areas(XElement plot) => plot.Descendants().Count(element => element.Name.LocalName == "polygon");

        Assert.True(Areas(Plots(Results.Usual)[0]) > Areas(Plots(Results.Diverged)[0]));
    }

    private static List<XElement> Plots(ComparisonResult result)
        => [.. Figures().Matches(ComparisonPage.ToHtml(result)).Select(match => XElement.Parse(match.Groups[1].Value))];

    /// <summary>What makes a browser ask for something: addresses in attributes and styles, but for names of XML namespaces.</summary>
    [GeneratedRegex("""(?:src|href)\s*=\s*["'](?!data:)|url\((?!#)""", RegexOptions.IgnoreCase)]
    private static partial Regex Loads();

    [GeneratedRegex("""url\(#([^)]*)\)""")]
    private static partial Regex References();

    [GeneratedRegex("</figcaption>\\s*(<svg.*?</svg>)\\s*</figure>", RegexOptions.Singleline)]
    private static partial Regex Figures();
}
