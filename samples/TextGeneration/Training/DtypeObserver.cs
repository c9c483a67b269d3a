using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TextGeneration.Training;

/// <summary>Sees on the tensors of a running step which dtypes are really in use.</summary>
internal sealed class DtypeObserver : IDisposable
{
    private readonly TrainableGpt gpt;
    private readonly List<ScalarType> products = [];
    private readonly List<nn.HookableModule<Func<nn.Module<Tensor, Tensor>, Tensor, Tensor>, Func<nn.Module<Tensor, Tensor>, Tensor, Tensor, Tensor>>.HookRemover> hooks = [];

    public DtypeObserver(TrainableGpt gpt)
    {
        this.gpt = gpt;
        foreach (var linear in gpt.Model.modules().OfType<Linear>())
        {
            hooks.Add(linear.register_forward_hook((_, _, output) =>
            {
                products.Add(output.dtype);
                return output;
            }));
        }
    }

    /// <summary>To be called after the backward, while the gradients are there.</summary>
    public DtypeObservation Observe()
    {
        var masters = gpt.Training.MasterWeights.Parameters;
        var gradients = gpt.Training.Gradients().Select(entry => entry.gradient);
        return new DtypeObservation(
            Tell(products),
            Tell(gpt.Model.parameters()),
            Tell(masters),
            Tell(gradients));
    }

    public void Dispose() => hooks.ForEach(hook => hook.remove());

    private static string Tell(IEnumerable<Tensor> tensors) => Tell(tensors.Select(tensor => tensor.dtype));

    private static string Tell(IEnumerable<ScalarType> dtypes)
        => string.Join(", ", dtypes.CountBy(dtype => dtype).Select(group => $"{group.Key} ({group.Value} tensors)"));
}
