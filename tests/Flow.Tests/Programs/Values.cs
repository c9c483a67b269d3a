public static class Values
{
    public static void Run()
    {
        var x = ones(2, 3, device: Witness.Device);
        Tuples(x);
        Collections(x);
        Functions(x);
        Assigned(x);
        Queries(x);
    }

    /// <summary>Range variables hold what no reader of one clause knows; what the clauses make of them, a reader can tell.</summary>
    private static void Queries(Tensor x)
    {
        Tensor[] halves = [x.half(), x.half() * 2], singles = [x, x + 1];
        foreach (var item in from half in halves select Witness.Hides(half))
        {
            Witness.Hides(item);
        }

        var pairs =
            from half in halves
            let square = Witness.Tells(half.to(ScalarType.Float32)) * half
            from single in singles
            where Witness.Hides(square) is not null
            where Witness.Tells(single.bfloat16()).dim() == 2
            orderby Witness.Hides(half + single).sum().ToSingle() descending
            join other in singles on half.dim() equals Witness.Hides(other).dim()
            join third in halves on half.dim() equals Witness.Tells(third.@double()).dim() into thirds
            let product = Witness.Hides(half * other)
            select (square, product, Witness.Tells(x.half()), thirds.Count());
        foreach (var (square, product, told, _) in pairs)
        {
            Witness.Hides(square);
            Witness.Hides(product);
            Witness.Hides(told);
        }

        var groups =
            from half in halves
            group Witness.Hides(half * 1f) by half.dtype into same
            from member in same
            select Witness.Hides(member);
        Witness.Hides(groups.First());
        Witness.Tells(halves[0]);
        Witness.Tells((from single in singles select single.half()).First().half());
        Tensor half2 = x.half();
        Witness.Hides((from single in singles select (half2 = single)).Last());
        Witness.Hides(half2);
    }

    private static void Tuples(Tensor x)
    {
        var pair = (x.half(), x.bfloat16());
        Witness.Tells(pair.Item1);
        Witness.Tells(pair.Item2);
        var named = (low: x.half(), high: x.@double());
        Witness.Tells(named.low);
        Witness.Tells(named.high);
        var (a, b) = pair;
        Witness.Tells(a);
        Witness.Tells(b);
        (a, b) = (b, a);
        Witness.Tells(a);
        Witness.Tells(b);
        var nested = (x.half(), (x.bfloat16(), 3));
        Witness.Tells(nested.Item2.Item1);
        var (_, (c, _)) = nested;
        Witness.Tells(c);
        Witness.Tells(Both(x).half);
        Witness.Tells(Both(x).Item2);
    }

    private static (Tensor half, Tensor) Both(Tensor x) => (x.half(), x.bfloat16());

    private static void Collections(Tensor x)
    {
        var array = new[] { x.half(), x.half() + 1 };
        Witness.Tells(array[0]);
        Witness.Tells(array[^1]);
        Tensor[] listed = [x.bfloat16(), x.bfloat16()];
        Witness.Tells(listed[1]);
        Witness.Tells(cat(listed));
        Witness.Tells(stack([x.half(), .. array]));
        var mixed = new[] { x.half(), x };
        Witness.Tells(mixed[0]);
        Witness.Hides(cat(mixed));
        Witness.Tells(array.First());
        Witness.Tells(array.ToList()[0]);
        var made = new Tensor[2];
        made[0] = x.half();
        made[1] = x.half();
        Witness.Tells(made[0]);
        var list = new List<Tensor> { x.bfloat16() };
        list.Add(x.bfloat16() * 2);
        Witness.Tells(list[0]);
        Witness.Tells(cat(list));
        foreach (var item in list)
        {
            Witness.Tells(item);
        }
    }

    private static void Functions(Tensor x)
    {
        var h = x.half();
        Tensor Twice(Tensor value) => value * 2;
        Witness.Tells(Twice(h));
        Witness.Tells(Captures());
        Func<Tensor, Tensor> square = value => value * value;
        Witness.Tells(square(h));
        Func<Tensor> captured = () => h.relu();
        Witness.Tells(captured());
        Witness.Tells(Helper(h, x.bfloat16()));
        Witness.Tells(Helper(x.bfloat16(), x.bfloat16()));
        Witness.Tells(h.Extension());
        Witness.Tells(Typed(x, ScalarType.BFloat16));
        Witness.Tells(Typed(x, h.dtype));
        Witness.Tells(Recursive(h, 2));
        var changed = x.half();
        Action change = () => changed = x.bfloat16();
        Witness.Hides(changed);
        change();
        Witness.Hides(changed);

        Tensor Captures()
        {
            Witness.Tells(h);
            return h + 1;
        }

        Array.ForEach([1, 2], i =>
        {
            var inside = h * i;
            Witness.Tells(inside);
        });
    }

    private static Tensor Helper(Tensor left, Tensor right)
    {
        if (left.shape.Length > 3)
        {
            return left.reshape(-1);
        }

        return left + right.to(left.dtype);
    }

    private static Tensor Typed(Tensor value, ScalarType dtype) => value.to(dtype);

    private static Tensor Recursive(Tensor value, int depth) => depth == 0 ? value : Recursive(value * 2, depth - 1);

    private static Tensor Extension(this Tensor value) => value.exp();

    private static void Assigned(Tensor x)
    {
        var y = x.half();
        Replace(ref y);
        Witness.Hides(y);
        Make(out var made);
        Witness.Hides(made);
        var z = x.half();
        z = z.exp();
        z += 1;
        Witness.Tells(z);
        x = x.bfloat16();
        Witness.Tells(x);
        Tensor first, second;
        first = second = x.half();
        Witness.Tells(first);
        Witness.Tells(second);
        var other = x.half();
        ref var alias = ref other;
        alias = x.bfloat16();
        Witness.Hides(other);
    }

    private static void Replace(ref Tensor value) => value = value.bfloat16();

    private static void Make(out Tensor value) => value = ones(1).half();
}
