namespace TextGeneration.Training;

/// <summary>The dtypes found on the tensors of one training step, in words.</summary>
/// <param name="MatrixProducts">Of what the linear layers returned inside the region.</param>
/// <param name="Parameters">Of the model's parameters.</param>
/// <param name="Gradients">Of their gradients.</param>
internal sealed record DtypeObservation(string MatrixProducts, string Parameters, string Gradients);
