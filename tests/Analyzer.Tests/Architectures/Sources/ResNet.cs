/// <summary>A residual block of two convolutions, with a projection where the shape changes.</summary>
public sealed class BasicBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Sequential? downsample;

    public BasicBlock(int inChannels, int channels, int stride)
        : base(nameof(BasicBlock))
    {
        conv1 = Conv2d(inChannels, channels, 3, stride: stride, padding: 1, bias: false);
        bn1 = BatchNorm2d(channels);
        conv2 = Conv2d(channels, channels, 3, padding: 1, bias: false);
        bn2 = BatchNorm2d(channels);
        if (stride != 1 || inChannels != channels)
        {
            downsample = Sequential(
                ("conv", Conv2d(inChannels, channels, 1, stride: stride, bias: false)),
                ("bn", BatchNorm2d(channels)));
        }

        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var identity = downsample is null ? input : downsample.call(input);
        var x = functional.relu(bn1.call(conv1.call(input)));
        x = bn2.call(conv2.call(x));
        x += identity;
        return functional.relu(x);
    }
}

/// <summary>A residual network for small images.</summary>
public sealed class ResNet : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 64, 3, padding: 1, bias: false);
    private readonly BatchNorm2d norm = BatchNorm2d(64);
    private readonly ModuleList<BasicBlock> blocks;
    private readonly AdaptiveAvgPool2d pool = AdaptiveAvgPool2d(1);
    private readonly Linear head;

    public ResNet(int classes)
        : base(nameof(ResNet))
    {
        blocks = new ModuleList<BasicBlock>(new BasicBlock(64, 64, 1), new BasicBlock(64, 128, 2), new BasicBlock(128, 256, 2));
        head = Linear(256, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images)
    {
        // Images of bytes, normalised here.
        var mean = tensor(new float[] { 0.485f, 0.456f, 0.406f }, device: images.device).view(1, 3, 1, 1);
        var deviation = tensor(new float[] { 0.229f, 0.224f, 0.225f }, device: images.device).view(1, 3, 1, 1);
        var x = (images / 255.0f - mean) / deviation;
        x = functional.relu(norm.call(stem.call(x)));
        foreach (var block in blocks)
        {
            x = block.call(x);
        }

        return head.call(flatten(pool.call(x), 1));
    }
}

public static class ResNetTraining
{
    public static void Epoch(ResNet model, IEnumerable<(Tensor Images, Tensor Labels)> batches)
    {
        var loss = CrossEntropyLoss();
        var optimizer = optim.SGD(model.parameters(), learningRate: 0.1, momentum: 0.9, weight_decay: 5e-4);
        foreach (var (images, labels) in batches)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var output = loss.call(model.call(images), labels);
            output.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            optimizer.step();
        }
    }
}
