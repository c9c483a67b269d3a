namespace TextGeneration.Training;

/// <summary>The dtypes found on the tensors of one training step, in words.</summary>
/// <param name="MatrixProducts">Of what the linear layers returned inside the region.</param>
/// <param name="Parameters">Of the model's parameters.</param>
/// <param name="Masters">Of what the optimizer updates: float32 copies of 16-bit parameters, else the parameters themselves.</param>
/// <param name="Gradients">Of the gradients that it updates them by.</param>
internal sealed record DtypeObservation(string MatrixProducts, string Parameters, string Masters, string Gradients);
