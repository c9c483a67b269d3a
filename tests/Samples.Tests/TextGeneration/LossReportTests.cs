using System.Globalization;
using System.Xml.Linq;
using TextGeneration.Reporting;
using TextGeneration.Training;

namespace Precision.Samples.Tests.TextGeneration;

public class LossReportTests
{
    [Fact]
    public void The_history_survives_as_CSV_up_to_the_step_that_the_run_goes_on_from()
    {
        var restored = LossHistory.FromCsv(History().ToCsv(), upTo: 20);

        Assert.Equal([(10, 3.5), (20, 2.5)], restored.Training);
        Assert.Equal([(0, 4.0), (20, 2.75)], restored.Validation);
    }

    [Fact]
    public void The_fall_compares_last_and_first_validation() => Assert.Equal(50, History().FallPercent, 9);

    [Fact]
    public void The_curve_is_well_formed_and_draws_every_point_in_order()
    {
        var svg = XDocument.Parse(LossCurve.ToSvg(History()));
        XNamespace names = "http://www.w3.org/2000/svg";
        var texts = svg.Descendants(names + "text").Select(text => text.Value).ToList();

        Assert.Contains("training", texts);
        Assert.Contains("validation", texts);
        Assert.Contains("step", texts);
        var curves = svg.Descendants(names + "polyline")
            .Where(line => line.Attribute("style")!.Value.Contains("stroke-width:2"))
            .Select(line => Points(line.Attribute("points")!.Value))
            .Where(points => points.Count == 3)
            .ToList();
        Assert.Equal(2, curves.Count);
        Assert.All(curves, points =>
        {
            Assert.Equal(points.OrderBy(point => point.X), points);          // steps go right
            Assert.Equal(points.OrderBy(point => point.Y), points);          // losses fall: y grows downwards
        });
    }

    private static List<(double X, double Y)> Points(string points)
        => [.. points.Split(' ').Select(point => point.Split(',').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray())
            .Select(pair => (pair[0], pair[1]))];

    private static LossHistory History()
    {
        var history = new LossHistory();
        history.AddValidation(0, 4);
        history.AddTraining(10, 3.5);
        history.AddTraining(20, 2.5);
        history.AddValidation(20, 2.75);
        history.AddTraining(30, 2.25);
        history.AddValidation(30, 2);
        return history;
    }
}
