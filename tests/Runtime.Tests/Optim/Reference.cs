namespace Precision.Runtime.Tests.Optim;

/// <summary>The definitions of torch.optim's Adam, AdamW and SGD, for one parameter, in float64.</summary>
internal sealed class Reference(double[] weights)
{
    private readonly double[] first = new double[weights.Length];
    private readonly double[] second = new double[weights.Length];
    private readonly double[] largest = new double[weights.Length];
    private int steps;

    public double[] Weights { get; } = weights;

    public void Adam(
        double[] gradient, bool decoupled, double lr, double beta1, double beta2, double eps, double weightDecay, bool amsgrad, bool maximize)
    {
        steps++;
        for (var i = 0; i < Weights.Length; i++)
        {
            var g = maximize ? -gradient[i] : gradient[i];
            if (decoupled)
            {
                Weights[i] -= lr * weightDecay * Weights[i];
            }
            else
            {
                g += weightDecay * Weights[i];
            }

            first[i] = (beta1 * first[i]) + ((1 - beta1) * g);
            second[i] = (beta2 * second[i]) + ((1 - beta2) * g * g);
            largest[i] = Math.Max(largest[i], second[i]);
            var mean = first[i] / (1 - Math.Pow(beta1, steps));
            var square = (amsgrad ? largest[i] : second[i]) / (1 - Math.Pow(beta2, steps));
            Weights[i] -= lr * mean / (Math.Sqrt(square) + eps);
        }
    }

    public void Sgd(
        double[] gradient, double lr, double momentum, double dampening, double weightDecay, bool nesterov, bool maximize)
    {
        steps++;
        for (var i = 0; i < Weights.Length; i++)
        {
            var g = (maximize ? -gradient[i] : gradient[i]) + (weightDecay * Weights[i]);
            if (momentum != 0)
            {
                first[i] = steps == 1 ? g : (momentum * first[i]) + ((1 - dampening) * g);
                g = nesterov ? g + (momentum * first[i]) : first[i];
            }

            Weights[i] -= lr * g;
        }
    }
}
