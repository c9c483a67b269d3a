namespace Detector;

/// <summary>A detector with its losses, so that the whole of it is computed in lower precision.</summary>
[MixedPrecision(Dtype.Float16)]
public sealed partial class DetectorModel : Module<Tensor, Target[], Output>
{
    private readonly Backbone backbone;
    private readonly ModuleList<Head> heads;
    private readonly DetectionLoss loss = new();

    public DetectorModel(int width, int classes)
        : base(nameof(DetectorModel))
    {
        backbone = new Backbone(width);
        heads = ModuleList(new Head(width, classes, stride: 8, anchor: 16), new Head(width, classes, stride: 16, anchor: 32));
        RegisterComponents();
    }

    private Output ForwardCore(Tensor image, Target[] targets)
    {
        var maps = backbone.forward(image);
        var total = zeros(1);
        Tensor? kept = null;
        for (var i = 0; i < maps.Length; i++)
        {
            var map = maps[i].clone();
            map.mul_(Window(map)); // want PRC1015
            // repair: map = map.mul(Window(map)).type_as(map);
            var prediction = heads[i].forward(map);
            total = total + loss.forward(prediction, targets[i]);
            kept = Suppression.Of(prediction.Corners[0], prediction.Scores[0], rounds: 2);
        }

        return new Output(total, kept!);
    }

    /// <summary>Cells at the edge count less.</summary>
    private static Tensor Window(Tensor map)
    {
        var rows = 1 - 0.5 * linspace(-1, 1, map.shape[2], dtype: ScalarType.Float32).square();
        var columns = 1 - 0.5 * linspace(-1, 1, map.shape[3], dtype: ScalarType.Float32).square();
        return rows.unsqueeze(1) * columns.unsqueeze(0);
    }
}

/// <summary>The loss, and how sure the suppression is of the boxes of the last map.</summary>
public sealed record Output(Tensor Loss, Tensor Kept);

/// <summary>Trains the detector on images of noise.</summary>
public static class Program
{
    /// <returns>The loss of each step, and what the suppression left.</returns>
    public static List<Tensor> Run()
    {
        random.manual_seed(1);
        using var model = new DetectorModel(width: 8, classes: 3);
        var optimizer = optim.SGD(model.parameters(), 1e-3, momentum: 0.9);
        var results = new List<Tensor>();
        for (var step = 0; step < 3; step++)
        {
            optimizer.zero_grad();
            var output = model.call(rand(2, 3, 32, 32), [Targets(16), Targets(4)]);
            output.Loss.sum().backward();
            nn.utils.clip_grad_norm_(model.parameters(), 10);
            optimizer.step();
            results.Add(output.Loss.detach());
            results.Add(output.Kept.detach());
        }

        return results;
    }

    private static Target Targets(int cells)
    {
        var corner = rand(2, cells, 2) * 24;
        return new Target(
            (rand(2, cells, 3) > 0.8).to(ScalarType.Float32),
            cat([corner, corner + 2 + 6 * rand(2, cells, 2)], dim: -1),
            rand(2, cells, 1));
    }
}
