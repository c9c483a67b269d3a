/// <summary>A convolutional classifier in the manner of LeNet, for images of 28 by 28.</summary>
public sealed class Cnn : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(1, 32, 3);
    private readonly Conv2d conv2 = Conv2d(32, 64, 3);
    private readonly Dropout dropout1 = Dropout(0.25);
    private readonly Dropout dropout2 = Dropout(0.5);
    private readonly Linear fc1 = Linear(9216, 128);
    private readonly Linear fc2 = Linear(128, 10);

    public Cnn() : base(nameof(Cnn)) => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        var x = functional.relu(conv1.call(input));
        x = functional.relu(conv2.call(x));
        x = functional.max_pool2d(x, 2);
        x = dropout1.call(x).flatten(1);
        x = functional.relu(fc1.call(x));
        return fc2.call(dropout2.call(x));
    }
}

public static class CnnTraining
{
    public static double Step(Cnn model, optim.Optimizer optimizer, Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var loss = functional.cross_entropy(model.call(images), labels);
        loss.backward();
        optimizer.step();
        return loss.item<float>();
    }

    public static double Accuracy(Cnn model, Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var predictions = functional.softmax(model.call(images), 1).argmax(1);
        return predictions.eq(labels).sum().ToInt64() / (double)labels.numel();
    }
}
