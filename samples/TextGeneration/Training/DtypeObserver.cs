using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TextGeneration.Training;

/// <summary>Sees on the tensors of a running step which dtypes are really in use.</summary>
internal sealed class DtypeObserver : IDisposable
{
    private readonly nn.Module model;
    private readonly List<ScalarType> products = [];
    private readonly List<nn.HookableModule<Func<nn.Module<Tensor, Tensor>, Tensor, Tensor>, Func<nn.Module<Tensor, Tensor>, Tensor, Tensor, Tensor>>.HookRemover> hooks = [];

    public DtypeObserver(nn.Module model)
    {
        this.model = model;
        foreach (var linear in model.modules().OfType<Linear>())
        {
            hooks.Add(linear.register_forward_hook((_, _, output) =>
            {
                products.Add(output.dtype);
                return output;
            }));
        }
    }

    /// <summary>To be called after the backward, while the gradients are there.</summary>
    public DtypeObservation Observe() => new(
        Tell(products),
        Tell(model.parameters().Select(parameter => parameter.dtype)),
        Tell(model.parameters().Select(parameter => parameter.grad).OfType<Tensor>().Select(gradient => gradient.dtype)));

    public void Dispose() => hooks.ForEach(hook => hook.remove());

    private static string Tell(IEnumerable<ScalarType> dtypes)
        => string.Join(", ", dtypes.CountBy(dtype => dtype).Select(group => $"{group.Key} ({group.Value} tensors)"));
}
