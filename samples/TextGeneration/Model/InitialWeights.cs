using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TextGeneration.Model;

/// <summary>
/// GPT-2's initialisation (Radford et al. 2019, section 2.3): normal with deviation 0.02, and the projections that end in a
/// residual sum smaller by the square root of their number. Logits start near zero, so an untrained model gives every
/// token about the same probability and its loss is close to ln(vocabulary).
/// </summary>
internal static class InitialWeights
{
    private const double Deviation = 0.02;

    public static void Apply(nn.Module model, int layers)
    {
        using var noGrad = no_grad();
        var residual = Deviation / Math.Sqrt(2 * layers);
        foreach (var (name, module) in model.named_modules())
        {
            switch (module)
            {
                case Linear linear:
                    nn.init.normal_(linear.weight, std: name.EndsWith(".projection", StringComparison.Ordinal) ? residual : Deviation);
                    nn.init.zeros_(linear.bias!);
                    break;
                case Embedding embedding:
                    nn.init.normal_(embedding.weight!, std: Deviation);
                    break;
            }
        }
    }
}
