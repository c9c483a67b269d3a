using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>A parameter or buffer of a model and how it is to be stored.</summary>
/// <param name="Name">Its name in the model's <c>state_dict</c>.</param>
/// <param name="Tensor">The parameter or buffer itself.</param>
/// <param name="Dtype">The dtype to store it in.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record StoredTensor<T>(string Name, T Tensor, ScalarType Dtype, string Reason)
    where T : Tensor
{
    /// <summary>Stores it so.</summary>
    // set_data, not module.to(dtype): that makes new Parameter objects, so that a tied weight would come apart, an optimizer made
    // before would update the old ones, and native layers (LSTM, MultiheadAttention) would have to be rebuilt.
    public void Store()
    {
        if (Tensor.dtype == Dtype)
        {
            return;
        }

        using var _ = no_grad();
        using var data = Tensor.detach();
        using var converted = data.to_type(Dtype);
        VariableData.Set(Tensor, converted);

        // Of the old dtype: autograd would refuse to add to it.
        if (Tensor is Parameter { requires_grad: true } parameter)
        {
            parameter.grad = null;
        }
    }
}
