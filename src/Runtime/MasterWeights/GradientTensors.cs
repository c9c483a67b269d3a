using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Sparse and complex gradients as the dense real tensors that native kernels take.</summary>
internal static class GradientTensors
{
    /// <summary>The gradients of weights, those that there are; in the caller's scope.</summary>
    public static List<(MasterWeight Weight, Tensor Gradient)> Of(IReadOnlyList<MasterWeight> weights)
    {
        var gradients = new List<(MasterWeight, Tensor)>(weights.Count);
        foreach (var weight in weights)
        {
            if (weight.Gradient is { } gradient)
            {
                gradients.Add((weight, gradient));
            }
        }

        return gradients;
    }

    /// <summary>The numbers in gradients: dense real tensors that share their memory.</summary>
    /// <param name="gradients">Coalesced where they are sparse.</param>
    public static List<Tensor> Numbers(List<(MasterWeight Weight, Tensor Gradient)> gradients)
        => gradients.ConvertAll(static pair => pair.Weight.IsComplex || pair.Gradient.is_sparse ? Numbers(pair.Gradient) : pair.Gradient);

    /// <inheritdoc cref="Numbers(List{ValueTuple{MasterWeight, Tensor}})"/>
    public static Tensor Numbers(Tensor gradient)
    {
        var values = gradient.is_sparse ? gradient.SparseValues : gradient;
        return values.is_complex() ? values.view_as_real() : values;
    }

    /// <summary>The dtype of the numbers in a tensor: a complex one is made of real numbers.</summary>
    public static ScalarType NumberDtype(ScalarType dtype) => dtype switch
    {
        ScalarType.ComplexFloat32 => ScalarType.Float32,
        ScalarType.ComplexFloat64 => ScalarType.Float64,
        _ => dtype,
    };

    /// <summary>Coalesces the sparse gradients of float32 parameters, or makes them dense.</summary>
    /// <param name="weights">The weights that may have one.</param>
    /// <param name="keepSparse">Whether they stay sparse.</param>
    /// <returns>Whether a 16-bit parameter has a sparse gradient, which is left as it is.</returns>
    public static bool Settle(IReadOnlyList<MasterWeight> weights, bool keepSparse)
    {
        using var scope = NewDisposeScope();
        var sixteenBit = false;
        foreach (var weight in weights)
        {
            if (weight.Gradient is not { is_sparse: true } gradient)
            {
                continue;
            }

            if (weight.IsOwnMaster)
            {
                weight.Master.grad = keepSparse ? SparseTensors.Coalesce(gradient) : gradient.to_dense();
            }
            else
            {
                sixteenBit = true;
            }
        }

        return sixteenBit;
    }
}
