public static class ControlFlow
{
    private enum Mode { First, Second }

    public static void Run()
    {
        var x = ones(2, 3, device: Witness.Device);
        Branches(x, true);
        Branches(x, false);
        Loops(x);
        Exceptions(x);
        Nulls(x);
        Switches(x, Mode.First);
        Switches(x, Mode.Second);
        Jumps(x);
        Recursion(x);
        Given(x, true);
        Given(x, false);
        Captured(x, true);
        Captured(x, false);
    }

    private static void Branches(Tensor x, bool condition)
    {
        Tensor y;
        if (condition)
        {
            y = x.half();
            Witness.Tells(y);
        }
        else
        {
            y = x.to(ScalarType.Float16);
        }

        Witness.Tells(y);
        var z = condition ? x.half() : x.bfloat16();
        Witness.Hides(z);
        Witness.Tells(condition ? x.bfloat16() : (x * 2).bfloat16());
        if (condition)
        {
            z = x.@double();
        }
        else
        {
            return;
        }

        Witness.Tells(z);
        var w = x.half();
        if (condition && (w = x.bfloat16()) is not null)
        {
            Witness.Tells(w);
        }
    }

    private static void Given(Tensor x, bool condition)
    {
        if (condition)
        {
            x = x.half();
        }

        Witness.Hides(x);
        try
        {
            x = x.bfloat16();
        }
        finally
        {
            (x, _) = (condition ? x.@double() : ones(2).@double(), x);
        }

        Witness.Tells(x);
    }

    private static void Captured(Tensor x, bool condition)
    {
        var array = new[] { x.half(), x.half() };
        array[1] = condition ? x.@float() : x.@float() * 2;
        Witness.Hides(array[1]);
        var (one, other) = (x.half(), x.half());
        (condition ? ref one : ref other) = x.@double();
        Witness.Hides(one);
        Witness.Hides(other);
        Tensor[] mixed = [condition ? x.half() : x.bfloat16(), condition ? x.bfloat16() : x.half()];
        mixed[0] = mixed[0] * 1;
        Witness.Hides(cat(mixed));
    }

    private static void Loops(Tensor x)
    {
        var sum = zeros(2, 3, dtype: ScalarType.BFloat16, device: Witness.Device);
        for (var i = 0; i < 3; i++)
        {
            sum = sum + x.bfloat16();
            Witness.Tells(sum);
        }

        Witness.Tells(sum);
        var grows = ones(2, 3, dtype: ScalarType.Float16, device: Witness.Device);
        var steps = 0;
        while (steps++ < 2)
        {
            Witness.Hides(grows);
            grows = grows + ones(2, 3, device: Witness.Device);
        }

        Witness.Hides(grows);
        do
        {
            grows = grows.half();
            Witness.Tells(grows);
        }
        while (steps++ < 5);
        Witness.Tells(grows);
        foreach (var part in new[] { x.half(), x.half() * 2 })
        {
            Witness.Tells(part);
            if (part.Handle == 0)
            {
                continue;
            }

            Witness.Tells(part.exp());
        }

        foreach (var (left, right) in new[] { (x.half(), x.bfloat16()) })
        {
            Witness.Tells(left);
            Witness.Tells(right);
        }

        foreach (var chunk in x.bfloat16().chunk(2))
        {
            Witness.Tells(chunk);
        }
    }

    private static void Exceptions(Tensor x)
    {
        var y = x.half();
        try
        {
            y = y.bfloat16();
            Witness.Tells(y);
            throw new InvalidOperationException();
        }
        catch (InvalidOperationException)
        {
            Witness.Hides(y);
        }
        finally
        {
            y = x.@double();
        }

        Witness.Tells(y);
        try
        {
            Func<Tensor, Tensor> inside = value => value.half();
            Witness.Tells(inside(x));
            Witness.Tells(Local(x));

            Tensor Local(Tensor value) => value.bfloat16();
        }
        catch (ArgumentException)
        {
            y = x;
        }

        Witness.Misses(y);
        using (var scope = NewDisposeScope())
        {
            y = x.half();
            Witness.Tells(y);
        }

        using var other = x.bfloat16();
        Witness.Tells(other);
        using var inner = NewDisposeScope();
        Witness.Tells(other.tanh());
        lock (inner)
        {
            Witness.Tells(other.relu());
        }
    }

    private static void Nulls(Tensor x)
    {
        Tensor? nothing = null;
        nothing ??= x.half();
        Witness.Tells(nothing);
        Tensor? maybe = x.bfloat16();
        Witness.Tells(maybe?.exp());
        Witness.Tells(maybe ?? x.bfloat16());
        Witness.Tells(maybe?.half()?.relu());
        Witness.Tells(maybe!);
        Tensor? hidden = null;
        foreach (var i in new[] { 1, 2 })
        {
            hidden = hidden is null ? x.half() : hidden + x.half();
        }

        Witness.Tells(hidden);
    }

    private static void Switches(Tensor x, Mode mode)
    {
        Witness.Tells(mode switch
        {
            Mode.First => x.half(),
            _ => x.half() + 1,
        });
        Tensor y;
        switch (mode)
        {
            case Mode.First:
                y = x.bfloat16();
                Witness.Tells(y);
                break;
            default:
                y = x.bfloat16() * 3;
                break;
        }

        Witness.Tells(y);
        object boxed = x.half();
        if (boxed is Tensor matched)
        {
            Witness.Tells(matched);
        }
    }

    private static void Jumps(Tensor x)
    {
        var y = x.half();
        var count = 0;
        again:
        Witness.Tells(y);
        if (count++ < 2)
        {
            y = y * 2;
            goto again;
        }

        Witness.Tells(y);
    }

    private static void Recursion(Tensor x)
    {
        Witness.Tells(Halved(x.half(), 3));
        Witness.Tells(Even(x.bfloat16(), 4));
        Witness.Tells(Widened(x.half(), 2));
        Witness.Tells(Nested(x.half(), 2));
        Witness.Hides(WidenedInside(x.half(), x.shape[0]));
        Witness.Hides(Either(x.half(), x.shape[0] > 2 ? 1 : 0));
        Witness.Tells(Pair(x.half(), 2).Item1);
        Witness.Misses(Pair(x.half(), 2).Item2); // float32 without dimensions would not promote, and that both have the same is not seen
    }

    private static Tensor Halved(Tensor x, int n) => n == 0 ? x * 2 : Halved(x + 1, n - 1) + x;

    private static Tensor Even(Tensor x, int n) => n == 0 ? x : Odd(x * 2, n - 1);

    private static Tensor Odd(Tensor x, int n) => Even(x.@float().type_as(x), n - 1);

    private static Tensor Widened(Tensor x, int n) => (n == 0 ? x : Widened(x, n - 1)).@float();

    private static Tensor WidenedInside(Tensor x, long n) => n <= 2 ? x : WidenedInside(x, n - 1).@float();

    private static Tensor Nested(Tensor x, int n) => n == 0 ? x : Nested(Nested(x, n - 1), n - 1) + Nested(x, n - 1);

    private static Tensor Either(Tensor x, int n) => n == 0 ? x : Either(x.@float(), n - 1);

    private static (Tensor, Tensor) Pair(Tensor x, int n)
    {
        if (n == 0)
        {
            return (x, x.@float());
        }

        var (narrow, wide) = Pair(x * 2, n - 1);
        return (narrow + 1, wide + narrow);
    }
}
