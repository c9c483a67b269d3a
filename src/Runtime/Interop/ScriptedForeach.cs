using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>
/// Multi-tensor operators with arguments of the schema type <c>Scalar</c>, which the stable C interface cannot pass: they are
/// called from one TorchScript unit instead, a constant number of operator calls for a list of any length.
/// </summary>
internal static class ScriptedForeach
{
    private const string Script = """
        def total_norm(tensors: List[Tensor], dtype: int) -> Tensor:
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(tensors, 2.0, dtype)))

        def add(target: List[Tensor], source: List[Tensor]) -> Tensor:
            torch._foreach_add_(target, source)
            return target[0]

        """;

    private static readonly Lazy<jit.CompilationUnit> Unit = new(static () => jit.compile(Script));

    /// <summary>The 2-norm over the elements of all tensors together, accumulated in Float32 (Float64 where a tensor is).</summary>
    /// <param name="tensors">At least one floating tensor; all on one device. One call for each dtype.</param>
    /// <returns>A scalar of that dtype on that device.</returns>
    /// <exception cref="ArgumentException">No tensor, several devices, or a tensor that is null, sparse or not floating.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static Tensor TotalNorm(IReadOnlyList<Tensor> tensors)
    {
        Tensors.Check(tensors, nameof(tensors));
        Tensors.CheckOneDevice(tensors, nameof(tensors));
        if (tensors.Count == 0)
        {
            throw new ArgumentException("The norm of no tensors has no device: give at least one.", nameof(tensors));
        }

        var dtype = ScalarType.Float32;
        for (var i = 0; i < tensors.Count; i++)
        {
            var tensor = TensorMetadata.Of(tensors[i], nameof(tensors));
            if (tensor.Dtype is ScalarType.Float64)
            {
                dtype = ScalarType.Float64;
            }
            else if (tensor.Dtype is not (ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32))
            {
                throw new ArgumentException($"tensors[{i}] is {tensor.ToString()}: only floating tensors have a norm.", nameof(tensors));
            }
        }

        // A list of several dtypes would be a launch for each tensor.
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] norms = [.. tensors.GroupBy(static tensor => tensor.dtype).Select(same => Norm([.. same]))];
        return (norms.Length == 1 ? norms[0] : Norm(norms)).MoveToOuterDisposeScope();

        Tensor Norm(Tensor[] some) => (Tensor)Unit.Value.invoke("total_norm", some, (int)dtype);
    }

    /// <summary><c>target[i].add_(source[i])</c> for all i; each target keeps its dtype.</summary>
    /// <exception cref="ArgumentException">Different lengths, shapes or devices, or a tensor that is null or sparse.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static void Add_(IReadOnlyList<Tensor> target, IReadOnlyList<Tensor> source)
    {
        Tensors.Check(target, nameof(target));
        Tensors.Check(source, nameof(source));
        Tensors.CheckSameLength(target, source, nameof(target), nameof(source));
        for (var i = 0; i < target.Count; i++)
        {
            var to = TensorMetadata.Of(target[i], nameof(target));
            var from = TensorMetadata.Of(source[i], nameof(source));
            if (!to.SameShape(from) || !to.SameDevice(from))
            {
                throw new ArgumentException($"source[{i}] is {from.ToString()}, target[{i}] is {to.ToString()}.", nameof(source));
            }
        }

        if (target.Count == 0)
        {
            return;
        }

        using var _ = no_grad();
        using var handle = (Tensor)Unit.Value.invoke("add", target.ToArray(), source.ToArray());
    }
}
