using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>
/// libtorch's multi-tensor operators: one dispatcher call for a whole list, and on a GPU a few kernel launches. All run
/// without recording gradients. An empty list is no call.
/// </summary>
internal static class Foreach
{
    /// <summary><c>target[i].copy_(source[i])</c> for all i: dtypes and devices may differ, shapes must not.</summary>
    /// <exception cref="ArgumentException">Different lengths or shapes, or a tensor that is null or sparse.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static void Copy_(IReadOnlyList<Tensor> target, IReadOnlyList<Tensor> source)
    {
        Tensors.Check(target, nameof(target));
        Tensors.Check(source, nameof(source));
        Tensors.CheckSameLength(target, source, nameof(target), nameof(source));
        for (var i = 0; i < target.Count; i++)
        {
            var to = TensorMetadata.Of(target[i], nameof(target));
            var from = TensorMetadata.Of(source[i], nameof(source));
            if (!to.SameShape(from))
            {
                throw new ArgumentException($"source[{i}] is {from.ToString()}, target[{i}] is {to.ToString()}.", nameof(source));
            }
        }

        if (target.Count == 0)
        {
            return;
        }

        using var _ = no_grad();
        using var call = new DispatcherCall();
        call.Add(target);
        call.Add(source);
        call.Add(false);
        call.Invoke("aten::_foreach_copy_"u8);
    }

    /// <summary><c>tensors[i].mul_(factor)</c> for all i; each keeps its dtype.</summary>
    /// <param name="tensors">Tensors of one device.</param>
    /// <param name="factor">One Float32 number on that device.</param>
    /// <exception cref="ArgumentException">Several devices, another factor, or a tensor that is null or sparse.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static void Mul_(IReadOnlyList<Tensor> tensors, Tensor factor)
    {
        Tensors.Check(tensors, nameof(tensors));
        Tensors.CheckOneDevice(tensors, nameof(tensors));
        if (tensors.Count == 0)
        {
            return;
        }

        Tensors.CheckScalar(factor, nameof(factor), TensorMetadata.Of(tensors[0], nameof(tensors)));
        using var _ = no_grad();
        using var call = new DispatcherCall();
        call.Add(tensors);
        call.Add(factor);
        call.Invoke("aten::_foreach_mul_"u8, "Tensor"u8);
    }

    /// <summary><c>tensors[i].zero_()</c> for all i.</summary>
    /// <exception cref="ArgumentException">A tensor is null.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static void Zero_(IReadOnlyList<Tensor> tensors)
    {
        Tensors.Check(tensors, nameof(tensors));
        if (tensors.Count == 0)
        {
            return;
        }

        using var _ = no_grad();
        using var call = new DispatcherCall();
        call.Add(tensors);
        call.Invoke("aten::_foreach_zero_"u8);
    }
}
