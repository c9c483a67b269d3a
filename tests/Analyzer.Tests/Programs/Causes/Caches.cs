// Private fields that methods fill while models run hold what they are given.

public sealed class ByLayer(int layers)
{
    private readonly Tensor?[] values = new Tensor?[layers];

    public Tensor Update(int layer, Tensor value)
    {
        values[layer] = values[layer] is { } old ? cat([old, value], dim: 1) : value;
        return values[layer]!;
    }
}

public sealed class PutAndGet
{
    private readonly List<Tensor> seen;
    public PutAndGet() => seen = new List<Tensor>();
    public void Put(Tensor x) => seen.Add(x);
    public Tensor All() => cat(seen, 1);
    public void Clear() => seen.Clear();
}

public sealed class ByName
{
    private readonly Dictionary<string, Tensor> features = new();
    public Tensor Of(string name) => features[name];
    public void Keep(string name, Tensor x) => features[name] = x.detach();
}

public sealed class Smoothed
{
    private Tensor? mean;
    public Tensor Next(Tensor x) => mean = mean is null ? x : 0.9 * mean + 0.1 * x;
}

public sealed class Pair
{
    private Tensor? first;
    private Tensor? second;
    public Tensor Sum => first! + second!;
    public void Set(Tensor a, Tensor b) => (first, second) = (a, b);
}

/// <summary>A module that keeps what came before, as no buffer.</summary>
public sealed class Windowed : Module<Tensor, Tensor>
{
    private readonly Queue<Tensor> window = new();
    private readonly Linear layer = Linear(8, 8);
    public Windowed() : base("windowed") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        window.Enqueue(layer.call(x));
        var oldest = window.Peek();
        var total = oldest.to(ScalarType.Float32).sum(); // silent
        return oldest.softmax(-1) + total; // want PRC1001
    }
}

/// <summary>Some of it in float32.</summary>
public sealed class Mixed
{
    private readonly Tensor?[] values = new Tensor?[2];
    public void Keep(int at, Tensor x) => values[at] = x;
    public Tensor Of(int at) => values[at]!;
}

/// <summary>Others fill it too.</summary>
public sealed class HandedOut
{
    private readonly List<Tensor> seen = [];
    public List<Tensor> Seen => seen;
    public void Put(Tensor x) => seen.Add(x);
    public Tensor Last() => seen[^1];
}

public sealed class FilledOutside
{
    private Tensor? kept;
    public void Keep(Tensor x) => kept = x;
    public Tensor Kept() => kept!;
}

public sealed class Given(Tensor first)
{
    private Tensor kept = first;
    public void Keep(Tensor x) => kept = x;
    public Tensor Kept() => kept;
}

public class Open
{
    internal Tensor? Shown;
    private Tensor? kept;
    private Tensor? byDelegate;
    public virtual void Keep(Tensor x) => kept = x;
    public void Take(Tensor x) => byDelegate = x;
    public Tensor Kept() => kept!;
    public Tensor Taken() => byDelegate!;
}

public sealed class OfAnother
{
    private Tensor? kept;
    public void Keep(Tensor x) => kept = x;
    public void CopyFrom(OfAnother other, Tensor x) => other.kept = x;
    public Tensor Kept() => kept!;
}

public sealed class Aliased
{
    private readonly Tensor[] kept = new Tensor[1];
    public void Keep(Tensor x) => kept[0] = x;
    public void Replace(Tensor x)
    {
        ref var slot = ref kept[0];
        slot = x.to(ScalarType.Float32);
    }

    public Tensor Kept() => kept[0];
}

public sealed record State(ByLayer Layers, PutAndGet List, ByName Names, Smoothed Mean, Pair Pair, Mixed Mixed);

public sealed record OpenState(HandedOut List, FilledOutside Outside, Given Given, Open Open, OfAnother Other, Aliased Aliased);

[MixedPrecision(Dtype.Float16)]
public sealed partial class Model : Module<Tensor, State, OpenState, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    private readonly Windowed windowed = new();
    private readonly List<Tensor> own = [];
    public Model() : base("model") => RegisterComponents();

    private Tensor ForwardCore(Tensor x, State state, OpenState open)
    {
        var h = layer.call(x);
        var wide = h.to(ScalarType.Float32);
        var sum = zeros(1, device: x.device) + windowed.call(h);
        sum += state.Layers.Update(0, h).softmax(-1); // want PRC1001
        state.List.Clear();
        state.List.Put(h);
        sum += state.List.All().square(); // want PRC1003 (fp16)
        state.Names.Keep("one", h);
        sum += state.Names.Of("one").softmax(-1); // want PRC1001
        sum += state.Mean.Next(h).sum(-1); // want PRC1002
        state.Pair.Set(h, layer.call(h));
        sum += state.Pair.Sum.softmax(-1); // want PRC1001
        own.Add(h);
        sum += cat(own.ToArray(), 1).mean() + cat(own, 1).softmax(-1); // want PRC1001
        sum += matmul(wide, state.Layers.Update(1, h)); // want PRC1009
        state.Mixed.Keep(0, h);
        state.Mixed.Keep(1, wide);
        sum += state.Mixed.Of(0).softmax(-1); // silent
        sum += state.Mixed.Of(1).sum(); // silent
        open.List.Put(h);
        sum += open.List.Last().softmax(-1); // silent
        open.Outside.Keep(h);
        sum += open.Outside.Kept().softmax(-1); // silent
        open.Given.Keep(h);
        sum += open.Given.Kept().softmax(-1); // silent
        open.Open.Keep(h);
        open.Open.Shown = h;
        sum += open.Open.Kept().softmax(-1); // silent
        sum += open.Open.Shown.softmax(-1); // silent
        Action<Tensor> take = open.Open.Take;
        take(h);
        sum += open.Open.Taken().softmax(-1); // silent
        open.Other.Keep(h);
        sum += open.Other.Kept().softmax(-1); // silent
        open.Aliased.Keep(h);
        sum += open.Aliased.Kept().softmax(-1); // silent
        sum += state.Layers.Update(0, h).mean(); // silent
        return sum + state.Mean.Next(h).tanh().exp(); // silent
    }
}

public static class Data
{
    public static void Fill(FilledOutside outside, Tensor x) => outside.Keep(x);
}
