// Tensors in records, classes, lists and dictionaries: those of a forward's input are cast, and what goes through one is followed.

public sealed record Input(Tensor Hidden, Tensor Ids, Tensor? Bias = null);

public sealed class Settings
{
    public required Tensor Hidden { get; init; }
    public Tensor? Lengths { get; set; }
}

public readonly record struct Pair(Tensor Left, Tensor Right);

public sealed record Output(Tensor Scores, Pair Sides);

public sealed class Splitter : Module<Tensor, Pair>
{
    private readonly Linear left = Linear(8, 8), right = Linear(8, 8);
    public Splitter() : base("held") => RegisterComponents();
    public override Pair forward(Tensor x) => new(left.call(x), right.call(x).to(ScalarType.Float32));
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class OfRecord : Module<Input, Output>
{
    private readonly Embedding embedding = Embedding(8, 8);
    private readonly Linear layer = Linear(8, 8);
    private readonly Splitter splitter = new();
    public OfRecord() : base("model") => RegisterComponents();

    private Output ForwardCore(Input input)
    {
        var scores = input.Hidden.softmax(-1); // want PRC1001
        scores += layer.call(input.Hidden).softmax(-1); // want PRC1001
        if (input.Bias is { } bias)
        {
            scores += (layer.call(input.Hidden) + bias).softmax(-1); // want PRC1001
        }

        var (hidden, ids, _) = input with { Hidden = layer.call(input.Hidden) };
        scores += hidden.square(); // want PRC1003 (fp16)
        scores += embedding.call(ids).sum(-1, keepdim: true); // want PRC1002
        var sides = splitter.call(hidden);
        scores += sides.Left.softmax(-1); // want PRC1001
        scores += sides.Right.softmax(-1); // silent
        scores += sides.Right.square().sum(); // silent
        scores += input.Ids.sum(); // silent
        scores += input.Ids.ne(0).sum(); // silent
        scores += input.Hidden.to(ScalarType.Float32).square(); // silent
        scores += new Pair(hidden.to(ScalarType.Float32), hidden).Left.softmax(-1); // silent
        return new Output(scores, sides);
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class OfClass : Module<Settings, Tensor>
{
    public OfClass() : base("model") => RegisterComponents();

    private Tensor ForwardCore(Settings settings)
    {
        var places = arange(8, device: settings.Hidden.device);
        var kept = settings.Lengths is null ? zeros(1) : (places < settings.Lengths.unsqueeze(1)).sum(); // silent
        return settings.Hidden.softmax(-1) + kept; // want PRC1001
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class OfList : Module<List<Tensor>, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public OfList() : base("model") => RegisterComponents();

    private Tensor ForwardCore(List<Tensor> features)
    {
        var results = new List<Tensor>();
        foreach (var feature in features)
        {
            results.Add(layer.call(feature));
        }

        var wide = results.Select(static result => result.to(ScalarType.Float32)).ToList();
        var y = wide[0].softmax(-1); // silent
        y += cat(wide, -1).sum(); // silent
        y += features[0].softmax(-1); // want PRC1001
        y += cat(results, dim: -1).sum(); // want PRC1002
        return y + results.Count;
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class OfDictionary : Module<Dictionary<string, Tensor>, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    private readonly Embedding embedding = Embedding(8, 8);
    public OfDictionary() : base("model") => RegisterComponents();

    private Tensor ForwardCore(Dictionary<string, Tensor> inputs)
    {
        var x = embedding.call(inputs["ids"]) + layer.call(inputs["hidden"]);
        var y = x.softmax(-1); // want PRC1001
        y += inputs["ids"].sum(); // silent
        y += inputs["hidden"].to(ScalarType.Float32).softmax(-1); // silent
        return y + inputs["ids"].eq(0).sum(); // silent
    }
}

/// <summary>The same record where nothing is annotated.</summary>
public static class Elsewhere
{
    public static Tensor Of(Input input) => input.Hidden.softmax(-1) + input.Hidden.square().sum(); // silent
}
