using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Generated;

/// <summary>An input that holds tensors in every way.</summary>
public record Sequence(Tensor Hidden, List<Tensor> Parts, (Tensor Mask, int Length) Rest);

/// <summary>A result that holds tensors that were made, and the input.</summary>
public sealed class Outcome
{
    public required Tensor Logits { get; init; }

    public Dictionary<string, Tensor> States { get; set; } = [];

    public Sequence? Given { get; set; }

    /// <summary>All tensors in it.</summary>
    public IEnumerable<Tensor> Tensors
        => [Logits, .. States.Values, .. Given is null ? Array.Empty<Tensor>() : [Given.Hidden, .. Given.Parts, Given.Rest.Mask]];
}

/// <summary>Computes from what a record holds, and returns some of it.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class SequenceModel : Module<Sequence, Outcome>
{
    private readonly Linear layer = Linear(4, 4);

    public SequenceModel()
        : base(nameof(SequenceModel)) => RegisterComponents();

    /// <summary>What the last forward got.</summary>
    public Tensor[] Inside { get; private set; } = [];

    private Outcome ForwardCore(Sequence input)
    {
        Inside = [input.Hidden, .. input.Parts, input.Rest.Mask];
        return new Outcome
        {
            Logits = layer.call(input.Hidden),
            States = { ["first"] = layer.call(input.Parts[0]) },
            Given = input,
        };
    }
}

/// <summary>Runs in float32 a module that knows nothing of it, and that returns its input.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class SequenceHolder : Module<Sequence, Outcome>
{
    [FullPrecision] private readonly PlainSequence inner = new();

    public SequenceHolder()
        : base(nameof(SequenceHolder)) => RegisterComponents();

    private Outcome ForwardCore(Sequence input)
    {
        var outcome = inner.call(input);
        Inside = outcome.Tensors.Select(tensor => tensor.dtype).ToArray();
        return outcome;
    }

    /// <summary>What the inner module returned.</summary>
    public ScalarType[] Inside { get; private set; } = [];
}

public sealed class PlainSequence : Module<Sequence, Outcome>
{
    private readonly Linear layer = Linear(4, 4);

    public PlainSequence()
        : base(nameof(PlainSequence)) => RegisterComponents();

    public override Outcome forward(Sequence input) => new() { Logits = layer.call(input.Hidden), Given = input };
}

/// <summary>Returns the collection that it gets, behind the declared interface.</summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]
public sealed partial class DictionaryModel() : Module<IReadOnlyDictionary<string, Tensor>, Tensor>(nameof(DictionaryModel))
{
    /// <summary>What the last forward got.</summary>
    public IReadOnlyDictionary<string, Tensor>? Inside { get; private set; }

    private Tensor ForwardCore(IReadOnlyDictionary<string, Tensor> values)
    {
        Inside = values;
        return values["KEY"] * 2;
    }
}

/// <summary>Reads a sequence twice.</summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]
public sealed partial class ListModel() : Module<IEnumerable<Tensor>, Tensor[], Tensor>(nameof(ListModel))
{
    /// <summary>What the last forward got.</summary>
    public IEnumerable<Tensor>? Inside { get; private set; }

    private Tensor ForwardCore(IEnumerable<Tensor> values, Tensor[] more)
    {
        Inside = values;
        return values.First() + values.Last() + more[0];
    }
}

/// <summary>Its input holds tensors that generated code cannot see, and it returns one of them.</summary>
[MixedPrecision(Dtype.BFloat16, Output = Dtype.BFloat16)]
public sealed partial class HiddenModel() : Module<HashSet<Tensor>, Tensor>(nameof(HiddenModel))
{
    private Tensor ForwardCore(HashSet<Tensor> values) => values.First();
}
