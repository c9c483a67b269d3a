using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Scaling;

/// <summary>The search for infinities and NaNs on a GPU.</summary>
[Collection(SerialTests.Name)]
public sealed class NonFiniteKernelTests : IDisposable
{
    private static readonly long[][] Shapes = [[], [1], [3], [8], [33, 65], [0], [16384], [2, 16384 + 5], [129, 1000]];

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [SkippableFact]
    public void Finite_numbers_are_passed_over_also_the_largest()
    {
        var cuda = Infrastructure.Cuda.Require();
        var tensors = Tensors(cuda);
        foreach (var tensor in tensors.Where(static tensor => tensor.numel() > 0))
        {
            tensor.flatten()[0] = finfo(tensor.dtype).max;
            tensor.flatten()[-1] = finfo(tensor.dtype).min;
        }

        Assert.Equal(0, NonFiniteKernel.TryFind(tensors)!.item<float>());
    }

    [SkippableTheory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void One_number_at_any_place_of_any_tensor_is_found(double bad)
    {
        var cuda = Infrastructure.Cuda.Require();
        var random = new Random();
        var tensors = Tensors(cuda);
        foreach (var tensor in tensors.Where(static tensor => tensor.numel() > 0))
        {
            foreach (var place in (long[])[0, tensor.numel() - 1, random.NextInt64(tensor.numel())])
            {
                var values = tensor.flatten();
                var before = values[place].clone();
                values[place] = bad;
                Assert.True(
                    NonFiniteKernel.TryFind(tensors)!.item<float>() == 1, $"{tensor.dtype} [{string.Join(", ", tensor.shape)}], place {place}");
                values[place] = before;
            }
        }

        Assert.Equal(0, NonFiniteKernel.TryFind(tensors)!.item<float>());
    }

    [SkippableFact]
    public void What_it_cannot_read_is_left_to_libtorch()
    {
        var cuda = Infrastructure.Cuda.Require();
        Assert.Null(NonFiniteKernel.TryFind([rand(3)]));
        Assert.Null(NonFiniteKernel.TryFind([rand(3, device: cuda), rand(3)]));
        Assert.Null(NonFiniteKernel.TryFind([rand(3, dtype: float64, device: cuda)]));
        Assert.Null(NonFiniteKernel.TryFind([rand(6, device: cuda)[TensorIndex.Slice(0, 6, 2)]]));
    }

    // All dtypes in one list, and a view that begins at no multiple of 16 bytes.
    private static List<Tensor> Tensors(Device device)
    {
        var tensors = new List<Tensor>();
        foreach (var dtype in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16])
        {
            tensors.AddRange(Shapes.Select(shape => randn(shape, dtype: dtype, device: device)));
            tensors.Add(randn(40, dtype: dtype, device: device).narrow(0, 3, 37));
        }

        return tensors;
    }
}
