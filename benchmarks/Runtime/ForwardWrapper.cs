using BenchmarkDotNet.Attributes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Benchmarks;

/// <summary>
/// What a generated forward costs over the bare call: the model does nothing, so that the difference is the wrapper alone.
/// Gate: at most 0.1 µs and 0 bytes.
/// </summary>
[MemoryDiagnoser]
public class ForwardWrapper
{
    private readonly Bare bare = new();
    private readonly Wrapped wrapped = new();
    private readonly Wrapped trueSixteenBit = new();
    private readonly Tensor x = rand(4);
    private readonly Tensor half = rand(4).bfloat16();

    public ForwardWrapper()
        => trueSixteenBit.PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Dtype.BFloat16, Autocast: false);

    /// <summary>The call without a wrapper.</summary>
    [Benchmark(Baseline = true)]
    public Tensor BareForward() => bare.forward(x);

    /// <summary>The generated forward with its region.</summary>
    [Benchmark]
    public Tensor GeneratedForward() => wrapped.forward(x);

    /// <summary>The generated forward in true 16-bit.</summary>
    [Benchmark]
    public Tensor TrueSixteenBitForward() => trueSixteenBit.forward(half);
}

/// <summary>Returns its input.</summary>
public sealed class Bare() : Module<Tensor, Tensor>(nameof(Bare))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => input;
}

/// <summary>Returns its input, through a generated forward.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Wrapped() : Module<Tensor, Tensor>(nameof(Wrapped))
{
    private Tensor ForwardCore(Tensor input) => input;
}
