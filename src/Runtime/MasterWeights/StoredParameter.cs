using static TorchSharp.torch;

namespace Precision;

/// <summary>How a model's parameter is stored.</summary>
/// <param name="Name">Its name in the model's <c>state_dict</c>.</param>
/// <param name="Dtype">The dtype that it is stored in.</param>
/// <param name="HasMaster">Whether a float32 master is kept beside it: for 16-bit parameters that are trained.</param>
/// <param name="Reason">What decided the dtype: a policy, an attribute, the kind of layer.</param>
public sealed record StoredParameter(string Name, ScalarType Dtype, bool HasMaster, string Reason);
