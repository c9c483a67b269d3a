namespace Detector;

/// <summary>Of the scores that are wrong most counts most.</summary>
public sealed class FocalLoss(double alpha, double gamma) : Module<Tensor, Tensor, Tensor>(nameof(FocalLoss))
{
    public override Tensor forward(Tensor logits, Tensor target)
    {
        var p = logits.sigmoid().clamp(1e-6, 1 - 1e-6); // want PRC1008
        // repair: var p = logits.to(ScalarType.Float32).sigmoid().clamp(1e-6, 1 - 1e-6);
        var positive = -alpha * (1 - p).pow(gamma) * target * p.log(); // want PRC1004
        // repair: var positive = -alpha * (1 - p).pow(gamma) * target * p.log();
        var negative = -(1 - alpha) * p.pow(gamma) * (1 - target) * log(1 - p); // want PRC1012
        // repair: var negative = -(1 - alpha) * p.pow(gamma) * (1 - target) * log1p(-p);
        return (positive + negative).mean();
    }
}

/// <summary>All losses, each over every cell, and a moving count of the objects by which they are divided.</summary>
public sealed class DetectionLoss : Module<Prediction, Target, Tensor>
{
    private readonly FocalLoss focal = new(alpha: 0.25, gamma: 2);
    private readonly BCELoss centre = BCELoss();
    // repair: private readonly BCEWithLogitsLoss centre = BCEWithLogitsLoss();
    private readonly Tensor objects;
    // repair: [FullPrecision] private readonly Tensor objects;

    public DetectionLoss()
        : base(nameof(DetectionLoss))
    {
        objects = ones(1);
        register_buffer("objects", objects);
        RegisterComponents();
    }

    public override Tensor forward(Prediction prediction, Target target)
    {
        var scores = focal.forward(prediction.Scores, target.Classes);
        var iou = Boxes.DistanceIou(prediction.Corners, target.Corners.type_as(prediction.Corners));
        var regression = (1 - iou).mean();
        var corners = functional.smooth_l1_loss(prediction.Corners, target.Corners.type_as(prediction.Corners)); // want PRC1005 (fp16, bf16)
        // repair: var corners = functional.smooth_l1_loss(prediction.Corners.to(ScalarType.Float32), target.Corners);
        var centredness = centre.forward(prediction.Centredness.sigmoid(), target.Centredness.type_as(prediction.Centredness)); // want PRC1006
        // repair: var centredness = centre.forward(prediction.Centredness.to(ScalarType.Float32), target.Centredness);
        var count = target.Classes.sum().to(ScalarType.Float32);
        objects.lerp_(count.type_as(objects), 0.01); // want PRC1011 (fp16, bf16)
        // repair: objects.lerp_(count.type_as(objects), 0.01);
        return (scores + regression + 0.1 * centredness) / objects.detach().to(ScalarType.Float32).clamp(min: 1) + 0.01 * corners;
    }
}

/// <summary>What a map is to show, cell by cell: batch × cells × classes, × 4 and × 1.</summary>
public sealed record Target(Tensor Classes, Tensor Corners, Tensor Centredness);
