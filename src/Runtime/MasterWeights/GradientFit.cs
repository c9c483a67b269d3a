using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Recognises gradients that do not fit their parameters. Autograd's do; what a user has put into <c>.grad</c> need not, and an
/// operation that broadcasts would take it.
/// </summary>
internal static class GradientFit
{
    /// <param name="parameter">The parameter.</param>
    /// <param name="gradient">Its gradient, dense or sparse.</param>
    /// <param name="name">What a message calls the parameter, at its beginning; asked for where one is needed.</param>
    /// <exception cref="ArgumentException">Another shape, dtype or device. A 16-bit parameter may have a Float32 gradient.</exception>
    public static void Check(Tensor parameter, Tensor gradient, Func<string> name)
    {
        if (gradient.dtype == parameter.dtype || (gradient.dtype is ScalarType.Float32 && parameter.dtype.Is16Bit()))
        {
            if (gradient.device_type == parameter.device_type && gradient.device_index == parameter.device_index
                && gradient.shape.AsSpan().SequenceEqual(parameter.shape))
            {
                return;
            }
        }

        throw new ArgumentException(
            $"{name()} is {Describe(parameter)}, and its gradient {Describe(gradient)}: shape, dtype and device must be the parameter's. "
            + "Autograd's gradients are so; this one was put into .grad by hand. Nothing was changed: put another one there, or null "
            + "for none.");
    }

    private static string Describe(Tensor tensor) => $"{tensor.dtype}[{string.Join(", ", tensor.shape)}] on {tensor.device}";
}
