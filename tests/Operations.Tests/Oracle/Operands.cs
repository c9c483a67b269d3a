using System.Globalization;
using static TorchSharp.torch;

namespace Precision.Operations.Tests.Oracle;

/// <summary>
/// Makes the tensors of one call from their descriptions: a shape ("2,4,8") is a floating tensor of numbers between 0.1 and
/// 0.9; prefixes say otherwise (see <see cref="Tensor"/>).
/// </summary>
internal sealed class Operands(Probe probe)
{
    private int floatingTensors;

    /// <summary>Whether floating tensors of two dtypes were made.</summary>
    public bool IsMixed => probe.IsMixed && floatingTensors > 1;

    private Device Device { get; } = new(probe.Device);

    /// <summary>A tensor: <c>i</c> integers 0 and 1, <c>n</c> fours, <c>j</c> 32-bit ones, <c>k</c> ones on the CPU, <c>b</c> booleans, <c>p</c> positive definite, <c>c</c> complex, <c>-</c> none.</summary>
    public Tensor? Tensor(string description)
    {
        if (description == "-")
        {
            return null;
        }

        var kind = char.IsLetter(description[0]) ? description[0] : 'f';
        var shape = (kind == 'f' ? description : description[1..])
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(size => long.Parse(size, CultureInfo.InvariantCulture))
            .ToArray();
        return kind switch
        {
            'f' => Floating(rand(shape, device: Device).mul(0.8).add(0.1)),
            'i' => randint(0, 2, shape, dtype: ScalarType.Int64, device: Device),
            'k' => ones(shape, dtype: ScalarType.Int64),
            'j' => ones(shape, dtype: ScalarType.Int32, device: Device),
            'n' => full(shape, 4, dtype: ScalarType.Int64, device: Device),
            'b' => rand(shape, device: Device).lt(0.5),
            'p' => Floating(eye(shape[^1], device: Device).mul(4).add(full(shape, 0.5, device: Device))),
            'c' => complex(rand(shape, device: Device), rand(shape, device: Device)),
            _ => throw new ArgumentException($"'{description}' describes no operand.", nameof(description)),
        };
    }

    private Tensor Floating(Tensor values)
    {
        return values.to_type(floatingTensors++ == 0 ? probe.Receiver : probe.Others);
    }
}
