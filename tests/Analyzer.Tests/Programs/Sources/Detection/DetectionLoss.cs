namespace Models.Detection;

/// <summary>The sum of what a detector is trained by.</summary>
public sealed class DetectionLoss : Module<Detections, Tensor, Tensor, Tensor>
{
    private readonly FocalLoss focal = new();
    private readonly Module<Tensor, Tensor, Tensor> distribution;
    private readonly Dictionary<string, double> gains = new() { ["box"] = 7.5, ["class"] = 0.5, ["distribution"] = 1.5 };

    public DetectionLoss(int bins)
        : base(nameof(DetectionLoss))
    {
        distribution = new DistributionLoss(bins);
        RegisterComponents();
    }

    /// <param name="detections">What the head found.</param>
    /// <param name="boxes">(batch, places, 4): the truth of each place.</param>
    /// <param name="classes">(batch, places, classes): the truth of each place, between 0 and 1.</param>
    public override Tensor forward(Detections detections, Tensor boxes, Tensor classes)
    {
        var iou = BoxMath.CompleteIou(detections.Boxes, boxes);
        var parts = new List<Tensor>
        {
            (1 - iou).mean() * gains["box"],
            focal.forward(detections.Logits, classes) * gains["class"],
            distribution.forward(detections.Distributions, boxes) * gains["distribution"],
            Shape(detections.Sizes, boxes),
        };
        return parts.Aggregate((sum, part) => sum + part);
    }

    /// <summary>Keeps the mean size of boxes near that of the truth.</summary>
    private static Tensor Shape(Tensor sizes, Tensor boxes)
    {
        var truth = (boxes.narrow(-1, 2, 2) - boxes.narrow(-1, 0, 2)).mean([1L]);
        return functional.smooth_l1_loss(sizes, truth); // want PRC1005 (fp16, bf16)
    }
}
