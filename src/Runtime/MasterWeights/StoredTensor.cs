using static TorchSharp.torch;

namespace Precision;

/// <summary>A parameter or buffer of a model and how it is to be stored.</summary>
/// <param name="Name">Its name in the model's <c>state_dict</c>.</param>
/// <param name="Tensor">The parameter or buffer itself.</param>
/// <param name="Dtype">The dtype to store it in.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record StoredTensor<T>(string Name, T Tensor, ScalarType Dtype, string Reason)
    where T : Tensor;
