public sealed record Point(Tensor Left, Tensor Right, Tensor Third = null);

public sealed record Swapped(Tensor Right, Tensor Left);

public readonly record struct Frozen(Tensor Left, Tensor Right);

public record struct Loose(Tensor Left, Tensor Right)
{
    public void Swap() => (Left, Right) = (Right, Left);
}

public sealed record Nested(Point Inner, Loose Sides, List<Tensor> Parts, (Tensor, Tensor) Pair);

public record Chain(Tensor Value, Chain Next);

public record Base(Tensor Left, Tensor Right);

public sealed record Derived(Tensor A, Tensor B) : Base(B, A);

public sealed class Bag
{
    public Tensor Left { get; set; }
    public Tensor Right { get; init; }
    public Tensor Field;
    public Tensor Upcast { get => stored; init => stored = value.to(ScalarType.Float32); }
    public Tensor Semi { get; init => field = value.to(ScalarType.Float32); }
    private readonly Tensor stored;
    public void Widen() => Left = Left.to(ScalarType.Float32);
    public Tensor Changing
    {
        get
        {
            Left = Left.to(ScalarType.Float32);
            return Left;
        }
    }
}

public sealed record Converting(Tensor Left)
{
    public Tensor Left { get; init; } = Left.to(ScalarType.Float32);
}

public sealed record Copied(Tensor Left)
{
    private Copied(Copied other) => Left = other.Left.to(ScalarType.Float32);
}

public sealed class Deconstructed(Tensor left, Tensor right)
{
    public void Deconstruct(out Tensor Left, out Tensor Right) => (Left, Right) = (right, left);
}

public static class Records
{
    private static Bag kept;

    public static void Run()
    {
        var x = ones(2, 3, device: Witness.Device);
        Made(x);
        Patterns(x);
        Changed(x);
        HandedOut(x);
        Structs(x);
        Loops(x);
        Lists(x);
        Dictionaries(x);
        Aggregated(x);
    }

    private static void Made(Tensor x)
    {
        var point = new Point(x.half(), x.bfloat16());
        Witness.Tells(point.Left);
        Witness.Tells(point.Right);
        var other = point with { Left = x.@double() };
        Witness.Tells(other.Left);
        Witness.Tells(other.Right);
        Witness.Tells(point.Left);
        var (left, right, _) = other;
        Witness.Tells(left);
        Witness.Tells(right);
        var swapped = new Swapped(Left: x.half(), Right: x.bfloat16());
        Witness.Tells(swapped.Left);
        (right, left) = swapped;
        Witness.Tells(left);
        Base derived = new Derived(x.half(), x.bfloat16());
        Witness.Hides(derived.Left);
        (left, right) = derived;
        Witness.Hides(left);
        (left, right) = (Derived)derived;
        Witness.Hides(left);
        var bag = new Bag { Left = x.half(), Right = x.bfloat16(), Field = x.@double() };
        Witness.Tells(bag.Left);
        Witness.Tells(bag.Right);
        Witness.Tells(bag.Field);
        var bodies = new Bag { Upcast = x.half(), Semi = x.half() };
        Witness.Hides(bodies.Upcast);
        Witness.Hides(bodies.Semi);
        Witness.Hides(new Converting(x.half()).Left);
        Witness.Hides((new Converting(x.half()) with { Left = x }).Left);
        Witness.Hides((new Copied(x.half()) with { }).Left);
        (left, right) = new Deconstructed(x.half(), x.bfloat16());
        Witness.Hides(left);
        var nested = new Nested(point, new Loose(x.half(), x), [x.half()], (x.half(), x.bfloat16()));
        Witness.Tells(nested.Inner.Right);
        Witness.Tells(nested.Sides.Left);
        Witness.Tells(nested.Pair.Item2);
        Witness.Hides(nested.Parts[0]);
        nested.Parts[0] = x;
        Witness.Hides(nested.Parts[0]);
        var ((deep, _, _), _, _, (_, second)) = nested;
        Witness.Tells(deep);
        Witness.Tells(second);
        var either = x.dim() > 1 ? point : new Point(x.half(), x);
        Witness.Tells(either.Left);
        Witness.Hides(either.Right);
        Witness.Tells(Helper(point).Right);
        Witness.Tells(Helper(point).Left);
        var fraction = Half(x);
        Witness.Tells(fraction.Left);
        Witness.Tells(Many(x)[0]);
        Witness.Tells(Named(x)["a"]);
    }

    private static Point Helper(Point point) => new(point.Right, point.Left);

    private static Frozen Half(Tensor x) => x.dim() > 5 ? new(x.half() * 2, x) : new Frozen { Left = x.half(), Right = x };

    private static List<Tensor> Many(Tensor x) => [x.half(), x.half() * 2];

    private static Dictionary<string, Tensor> Named(Tensor x) => new() { ["a"] = x.half(), ["b"] = x.half() };

    private static void Patterns(Tensor x)
    {
        var point = new Point(x.half(), x.bfloat16());
        if (point.Left is { } some)
        {
            Witness.Tells(some);
        }

        if (point is { Right: var right })
        {
            Witness.Tells(right);
        }

        if (point is var (left, _, _))
        {
            Witness.Hides(left);
        }

        Witness.Tells(point.Third ?? point.Left);
        Witness.Tells((point with { Third = x.half() }).Third);
        Witness.Tells(point?.Left);
    }

    private static void Changed(Tensor x)
    {
        var bag = new Bag { Left = x.half(), Field = x.half() };
        Witness.Tells(bag.Left);
        bag.Left = x.@double();
        Witness.Tells(bag.Left);
        bag.Field = x.bfloat16();
        Witness.Tells(bag.Field);
        if (x.dim() > 1)
        {
            bag.Left = x.half();
        }

        Witness.Hides(bag.Left);
        bag.Left = x.half();
        (bag.Left, bag.Field) = (bag.Field, bag.Left);
        Witness.Tells(bag.Left);
        bag.Left ??= x;
        Witness.Hides(bag.Left);
        bag.Field += x.@float();
        Witness.Misses(bag.Field);
        var later = new Bag { Left = x.half() };
        Action change = () => later.Left = x;
        Witness.Hides(later.Left);
        change();
        Witness.Hides(later.Left);
        var reference = new Bag { Field = x.half() };
        Replace(ref reference.Field, x);
        Witness.Hides(reference.Field);
        var aliased = new Bag { Field = x.half() };
        ref var alias = ref aliased.Field;
        alias = x;
        Witness.Hides(aliased.Field);
        try
        {
            bag.Left = x.half();
        }
        finally
        {
            bag.Left = x;
        }

        Witness.Hides(bag.Left);
    }

    private static void Replace(ref Tensor value, Tensor other) => value = other;

    private static void HandedOut(Tensor x)
    {
        var bag = new Bag { Left = x.half(), Right = x.half() };
        Widen(bag);
        Witness.Hides(bag.Left);
        Witness.Tells(bag.Right);
        var itself = new Bag { Left = x.half() };
        itself.Widen();
        Witness.Hides(itself.Left);
        var changing = new Bag { Left = x.half() };
        Witness.Hides(changing.Changing);
        Witness.Hides(changing.Left);
        var one = new Bag { Left = x.half() };
        var two = one;
        two.Left = x;
        Witness.Hides(one.Left);
        Witness.Hides(two.Left);
        kept = new Bag { Left = x.half() };
        Witness.Hides(kept.Left);
        var held = new Bag { Left = x.half() };
        kept = held;
        kept.Left = x;
        Witness.Hides(held.Left);
        var list = new List<Bag> { new() { Left = x.half(), Right = x.half() } };
        list[0].Left = x;
        Witness.Hides(list[0].Left);
        Witness.Tells(list[0].Right);
        var inList = new Bag { Left = x.half() };
        list.Add(inList);
        list[1].Left = x;
        Witness.Hides(inList.Left);
        var pair = (new Bag { Left = x.half() }, 1);
        pair.Item1.Left = x;
        Witness.Hides(pair.Item1.Left);
        if (new Bag { Left = x.half() } is Bag matched)
        {
            var again = matched;
            again.Left = x;
            Witness.Hides(matched.Left);
        }

        var first = new Bag { Left = x.half() };
        var second = new Bag { Left = x.half() };
        (x.dim() > 1 ? first : second).Left = x;
        Witness.Hides(first.Left);
        var captured = new Bag { Left = x.half() };
        Func<Bag> give = () => captured;
        give().Left = x;
        Witness.Hides(captured.Left);
    }

    private static void Widen(Bag bag)
    {
        Witness.Hides(bag.Left);
        bag.Left = bag.Left.to(ScalarType.Float32);
        Witness.Tells(bag.Left);
    }

    private static void Structs(Tensor x)
    {
        var loose = new Loose(x.half(), x.bfloat16());
        Witness.Tells(loose.Left);
        var copy = loose;
        copy.Left = x.@double();
        Witness.Tells(copy.Left);
        Witness.Tells(loose.Left);
        var swapped = new Loose(x.half(), x.bfloat16());
        swapped.Swap();
        Witness.Hides(swapped.Left);
        var array = new[] { new Loose(x.half(), x) };
        array[0].Left = x;
        Witness.Hides(array[0].Left);
        var tuple = (new Loose(x.half(), x), 1);
        tuple.Item1.Left = x;
        Witness.Hides(tuple.Item1.Left);
        var frozen = new Frozen(x.half(), x);
        var (a, b) = frozen with { Right = x.bfloat16() };
        Witness.Tells(a);
        Witness.Tells(b);
        Loose? maybe = new Loose(x.half(), x);
        Witness.Hides(maybe.Value.Left);
        Loose empty = default;
        empty.Left = x.half();
        Witness.Hides(empty.Left);
        var other = new Loose(x.half(), x);
        Change(ref other, x);
        Witness.Hides(other.Left);
    }

    private static void Change(ref Loose loose, Tensor x) => loose.Left = x;

    private static void Loops(Tensor x)
    {
        Chain chain = null;
        for (var i = 0; i < 6; i++)
        {
            chain = new Chain(x.half(), chain);
        }

        Witness.Tells(chain.Value);
        Witness.Hides(chain.Next.Next.Next.Next.Value);
        var point = new Point(x.half(), x.half());
        for (var i = 0; i < 3; i++)
        {
            point = point with { Right = point.Right.half() };
            Witness.Tells(point.Left);
            Witness.Tells(point.Right);
        }

        var bag = new Bag { Left = x.half() };
        for (var i = 0; i < 2; i++)
        {
            Witness.Hides(bag.Left);
            bag.Left = x;
        }

        Witness.Hides(bag.Left);
        foreach (var (left, right, _) in new List<Point> { point, new(x.half(), x.half()) })
        {
            Witness.Tells(left);
            Witness.Tells(right);
        }
    }

    private static void Lists(Tensor x)
    {
        var list = new List<Tensor> { x.half(), x.half() };
        Witness.Tells(list[^1]);
        list[^1] = x.half() * 2;
        Witness.Tells(list[0]);
        list[0] = x;
        Witness.Hides(list[0]);
        Witness.Hides(list[1]);
        var last = new List<Tensor> { x.half() };
        last[^1] = x;
        Witness.Hides(last[0]);
        var grown = new List<Tensor> { x.half() };
        new[] { 1, 2 }.ToList().ForEach(_ => grown[0] = x);
        Witness.Hides(grown[0]);
        var places = new List<Tensor> { x.half(), x.bfloat16() };
        Witness.Tells(places[0]);
        Witness.Tells(places[^1]);
        Witness.Tells(places.First());
        Witness.Tells(places.Last());
        Witness.Hides(places.Last(part => part.dtype == ScalarType.Float16));
        Witness.Hides(places.AsEnumerable().Reverse().ToArray()[0]);
        Witness.Hides(places.Take(1).ToArray()[^1]);
        Witness.Hides(places.Skip(1).ToArray()[0]);
        places.Add(x.@float());
        places[0] = x.@double();
        Witness.Tells(places[0]);
        Witness.Tells(places[1]);
        Witness.Tells(places[2]);
        if (x.dim() > 1)
        {
            places[1] = x.bfloat16() * 2;
        }

        Witness.Tells(places[1]);
        places.Reverse();
        Witness.Hides(places[0]);
        List<Tensor> fewer = [x.half(), x];
        fewer.RemoveAt(0);
        Witness.Hides(fewer[0]);
        Tensor[] set = [x.half(), x];
        set.SetValue(x, 0);
        Witness.Hides(set[0]);
        var pushed = new Stack<Tensor>(new[] { x.half(), x });
        Witness.Hides(pushed.ToArray()[0]);
        for (var i = 0; i < 2; i++)
        {
            places = [x.half(), x];
            if (i == 1)
            {
                places.Add(x);
            }
        }

        Witness.Hides(places[0]);
        var added = new List<Tensor> { x.half() };
        new[] { 1, 2 }.ToList().ForEach(_ => added.Insert(0, x));
        Witness.Hides(added[0]);
        var inner = new List<Tensor> { x.half() };
        var outer = new List<List<Tensor>>();
        outer.Add(inner);
        outer[0][0] = x;
        Witness.Hides(inner[0]);
        var filled = new[] { x.half(), x.half() };
        Array.Fill(filled, x);
        Witness.Hides(filled[0]);
        var stack = new Stack<Tensor>();
        stack.Push(x.half());
        Witness.Tells(stack.Peek());
        Witness.Tells(stack.Pop());
        var queue = new Queue<Tensor>();
        queue.Enqueue(x.half());
        queue.Enqueue(x);
        Witness.Hides(queue.Dequeue());
        try
        {
            list = [x.half()];
        }
        finally
        {
            list[0] = x;
        }

        Witness.Hides(list[0]);
    }

    private static void Dictionaries(Tensor x)
    {
        var inputs = new Dictionary<string, Tensor> { ["a"] = x.half(), ["b"] = x.half() };
        Witness.Misses(inputs["a"]);
        foreach (var value in inputs.Values)
        {
            Witness.Misses(value);
        }

        foreach (var (_, value) in inputs)
        {
            Witness.Hides(value);
        }

        Witness.Hides(inputs.First().Value);
        inputs["c"] = x;
        Witness.Hides(inputs["c"]);
        Witness.Hides(inputs["a"]);
        var keys = new Dictionary<string, Tensor> { ["a"] = x.half(), ["b"] = x.@float() };
        Witness.Tells(keys["a"]);
        Witness.Tells(keys["b"]);
        keys[x.dim() > 5 ? "b" : "a"] = x;
        Witness.Hides(keys["a"]);
        keys["a"] = x.half();
        Witness.Tells(keys["a"]);
        Witness.Hides(keys["b"]);
        keys.TryAdd("a", x);
        Witness.Hides(keys["a"]);
        var other = new Dictionary<string, Tensor> { { "a", x.half() } };
        Witness.Tells(other["a"]);
        other.Add("b", x);
        Witness.Hides(other["b"]);
        Fill(inputs = new() { ["a"] = x.half() }, x);
        Witness.Hides(inputs["a"]);
        other.TryGetValue("a", out var found);
        Witness.Hides(found);
    }

    private static void Fill(Dictionary<string, Tensor> inputs, Tensor x) => inputs["a"] = x;

    private static void Aggregated(Tensor x)
    {
        var parts = new List<Tensor> { x.half(), x.half().sum() };
        Witness.Tells(parts.Aggregate((sum, part) => Witness.Tells(sum) + Witness.Tells(part)));
        Witness.Tells(parts.Aggregate(x.bfloat16(), (sum, part) => sum + part.bfloat16()));
        Witness.Hides(parts.Aggregate(x.half(), (sum, part) => (sum + part).to(ScalarType.Float32)));
        Witness.Hides(parts.Aggregate((sum, part) => Witness.Hides(sum).to(ScalarType.Float32)));
        Witness.Hides(parts.Aggregate(x.half(), (sum, part) => sum + part, sum => sum.to(ScalarType.Float32)));
        parts.Add(x);
        Witness.Hides(parts.Aggregate((sum, part) => Witness.Hides(sum) * part));
    }
}
