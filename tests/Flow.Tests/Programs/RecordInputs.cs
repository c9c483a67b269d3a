public sealed record Batch(Tensor Hidden, Tensor Ids, Tensor Mask = null)
{
    public Tensor Doubled => Hidden * 2;
}

public sealed class Options
{
    public Tensor Hidden { get; set; }
    public Tensor Lengths { get; set; }
    public Tensor Widened { get; init; }
}

public record struct Sides(Tensor Left, Tensor Right);

public sealed record Features(Batch Batch, List<Tensor> Levels);

public sealed class SplitsSides : Module<Tensor, Sides>
{
    private readonly Linear left = Linear(4, 4);

    public SplitsSides()
        : base("splits") => RegisterComponents();

    public override Sides forward(Tensor x) => new(left.call(x), x.to(ScalarType.Float32));
}

public sealed class TakesBatch : Module<Batch, Tensor>
{
    private readonly Linear layer = Linear(4, 4);

    public TakesBatch()
        : base("takes") => RegisterComponents();

    public override Tensor forward(Batch batch) => layer.call(batch.Mask);
}

[MixedPrecision(Dtype.BFloat16, Autocast = false)]
public sealed partial class TakesRecord : Module<Batch, Features>
{
    private readonly Linear layer = Linear(4, 4);
    private readonly Embedding embedding = Embedding(8, 4);
    private readonly SplitsSides splits = new();
    private readonly TakesBatch takes = new();

    public TakesRecord()
        : base("record") => RegisterComponents();

    private Features ForwardCore(Batch batch)
    {
        Witness.Tells(batch.Hidden);
        Witness.Hides(batch.Ids);
        Witness.Tells(batch.Mask);
        Witness.Hides(batch.Doubled);
        Witness.Tells(layer.call(batch.Hidden));
        Witness.Tells(embedding.call(batch.Ids));
        Witness.Hides(batch.Ids + 1);
        var (hidden, ids, _) = batch with { Hidden = layer.call(batch.Hidden).to(ScalarType.Float32) };
        Witness.Tells(hidden);
        Witness.Hides(ids);
        var sides = splits.call(batch.Hidden);
        Witness.Tells(sides.Left);
        Witness.Tells(sides.Right);
        takes.call(batch);
        return new Features(batch, [sides.Left]);
    }
}

[MixedPrecision(Dtype.BFloat16, Autocast = false)]
public sealed partial class TakesClass : Module<Options, Sides, Tensor>
{
    private readonly Linear layer = Linear(4, 4);

    public TakesClass()
        : base("class") => RegisterComponents();

    private Tensor ForwardCore(Options options, Sides sides)
    {
        Witness.Tells(options.Hidden);
        Witness.Hides(options.Lengths);
        Witness.Hides(options.Lengths.sum());
        Witness.Hides(options.Widened);
        var (left, right) = sides;
        Witness.Tells(layer.call(left));
        Witness.Tells(left);
        Witness.Hides(right);
        sides.Left = left.to(ScalarType.Float32);
        Witness.Tells(sides.Left);
        options.Hidden = layer.call(options.Hidden).to(ScalarType.Float32);
        Witness.Tells(options.Hidden);
        return left;
    }
}

[MixedPrecision(Dtype.BFloat16, Autocast = false)]
public sealed partial class TakesCollections : Module<List<Tensor>, Tensor[], Dictionary<string, Tensor>, (Tensor Hidden, Tensor Ids), Tensor>
{
    private readonly Linear layer = Linear(4, 4);
    private readonly Embedding embedding = Embedding(8, 4);

    public TakesCollections()
        : base("collections") => RegisterComponents();

    private Tensor ForwardCore(List<Tensor> features, Tensor[] mixed, Dictionary<string, Tensor> named, (Tensor Hidden, Tensor Ids) pair)
    {
        var results = new List<Tensor>();
        foreach (var feature in features)
        {
            Witness.Tells(feature);
            results.Add(layer.call(feature));
        }

        Witness.Tells(features[0]);
        Witness.Tells(features[^1]);
        Witness.Tells(cat(results));
        Witness.Tells(mixed[0]);
        Witness.Hides(mixed[1]);
        for (var i = 0; i < mixed.Length; i++)
        {
            Witness.Hides(mixed[i]);
        }

        Witness.Tells(cat(mixed));
        layer.call(mixed[0]);
        embedding.call(mixed[1]);
        Witness.Tells(named["hidden"]);
        Witness.Hides(named["ids"]);
        Witness.Hides(named["ids"].sum());
        Witness.Tells(embedding.call(named["ids"]) + layer.call(named["hidden"]));
        Witness.Tells(layer.call(pair.Hidden));
        Witness.Tells(pair.Hidden);
        Witness.Hides(pair.Ids);
        features[0] = layer.call(features[0]).to(ScalarType.Float32);
        Witness.Hides(features[0]);
        Witness.Hides(features[1]);
        return results[0];
    }
}

[FullPrecision]
public sealed partial class TakesExact : Module<Batch, Tensor>
{
    private readonly Linear layer = Linear(4, 4);

    public TakesExact()
        : base("exact") => RegisterComponents();

    private Tensor ForwardCore(Batch batch)
    {
        Witness.Hides(batch.Hidden);
        Witness.Tells(layer.call(batch.Hidden));
        return batch.Hidden;
    }
}

public static class RecordInputs
{
    public static void Run()
    {
        var (x, ids) = (rand(4, 4, device: Witness.Device), randint(0, 8, 4, device: Witness.Device));
        using var record = new TakesRecord().to(Witness.Device);
        record.CreateMasterWeights();
        var result = record.call(new Batch(x, ids, x.half()));
        Witness.Tells(result.Batch.Hidden);
        Witness.Hides(result.Batch.Ids);
        Witness.Hides(result.Batch.Mask);
        Witness.Hides(result.Levels[0]);
        using var ofClass = new TakesClass().to(Witness.Device);
        ofClass.CreateMasterWeights();
        ofClass.call(new Options { Hidden = x, Lengths = ids, Widened = ids }, new Sides(x, ids));
        using var collections = new TakesCollections().to(Witness.Device);
        collections.CreateMasterWeights();
        collections.call([x, x.half()], [x, randint(0, 8, [4, 4], device: Witness.Device)], new() { ["hidden"] = x, ["ids"] = ids }, (x, ids));
        using var exact = new TakesExact().to(Witness.Device);
        exact.call(new Batch(x.half(), ids));
    }
}
