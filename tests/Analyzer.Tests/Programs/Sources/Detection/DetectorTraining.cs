namespace Models.Detection;

/// <summary>A detector with its loss, so that one forward gives what is to be minimised.</summary>
[MixedPrecision(Dtype.Float16)]
public sealed partial class DetectorTraining : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor[]> backbone;
    private readonly Module<Tensor[], Tensor[]> neck;
    private readonly DetectionHead head;
    private readonly DetectionLoss loss;

    public DetectorTraining(int width, int classes, int bins = 8, bool hidesEmpty = false)
        : base(nameof(DetectorTraining))
    {
        backbone = new Backbone(width);
        neck = new Neck(width, outputs: 2 * width);
        head = new DetectionHead(2 * width, classes, bins) { HidesEmpty = hidesEmpty };
        loss = new DetectionLoss(bins);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor image, Tensor boxes, Tensor classes)
    {
        var detections = head.forward(neck.forward(backbone.forward(image)));
        return loss.forward(detections, boxes, classes);
    }
}
