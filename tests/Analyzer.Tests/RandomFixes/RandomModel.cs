namespace Precision.Analyzer.Tests.RandomFixes;

/// <summary>
/// Writes models whose expressions nest what the rules report: softmax of sums of products, constants out of range, named dtypes.
/// All tensors are 4 by 4. With each expression goes how large it may get and how far rounding may move it, so that what a fixed
/// model gives can be held against the same model in float64.
/// </summary>
internal sealed class RandomModel
{
    /// <summary>The attribute's arguments; none for a class without attribute.</summary>
    private static readonly string[] Attributes =
    [
        "", "Dtype.Float16", "Dtype.BFloat16", "Dtype.Float16, Autocast = false", "Dtype.BFloat16, Autocast = false",
    ];

    private const int MaximumDepth = 4;

    /// <summary>Larger values are scaled down before they go anywhere else.</summary>
    private const double MaximumSize = 16;

    private readonly Random random;
    private readonly string name;
    private readonly string low;
    private readonly string statements;
    private readonly List<Value> variables = [];

    private RandomModel(Random random, string name)
    {
        (this.random, this.name) = (random, name);
        Attribute = Pick(Attributes);
        low = Attribute.Contains("BFloat16", StringComparison.Ordinal) || (Attribute.Length == 0 && random.Next(2) == 0) ? "BFloat16" : "Float16";
        variables.AddRange([new("h", 1, 1), new("w", 1, 1), new("open(h)", 1, 1)]);
        var lines = $"var h = x.to(ScalarType.LOW); var w = y.to(ScalarType.{(IsTrue16Bit || random.Next(2) == 0 ? "LOW" : "HIGH")});";
        for (var i = random.Next(3); i > 0; i--)
        {
            var value = Expression(1);
            variables.Add(value with { Text = $"v{i}" });
            lines += $"\n        var v{i} = {value.Text};";
        }

        var result = Expression(0);
        statements = $"{lines}\n        var result = {result.Text};";
        var epsilon = Math.Pow(2, low == "Float16" ? -11 : -8);
        Tolerance = 4 * epsilon * result.Error;
    }

    /// <summary>What the model's class is called.</summary>
    public string Name => name;

    /// <summary>The arguments of its attribute; empty where it has none.</summary>
    public string Attribute { get; }

    /// <summary>Whether the class runs without autocast.</summary>
    public bool IsTrue16Bit => Attribute.EndsWith("false", StringComparison.Ordinal);

    /// <summary>How far results may be from float64's.</summary>
    public double Tolerance { get; }

    /// <summary>Some models, called <c>Model0</c> and so on.</summary>
    public static RandomModel[] Some(Random random, int count)
        => [.. Enumerable.Range(0, count).Select(index => new RandomModel(random, $"Model{index}"))];

    /// <summary>The class in 16-bit, as it is annotated.</summary>
    public string Text => Class(Attribute, low, "Float32");

    /// <summary>The class in float64.</summary>
    public string Reference => Class("", "Float64", "Float64");

    private string Class(string attribute, string low, string high)
    {
        var (header, method) = attribute.Length == 0
            ? ("public sealed class", "public override Tensor forward")
            : ($"[MixedPrecision({attribute})]\npublic sealed partial class", "private Tensor ForwardCore");
        return $$"""
            {{header}} {{name}}() : Module<Tensor, Tensor, Tensor, Tensor>("model")
            {
                private const double Mask = -1e9;
                private readonly Func<Tensor, Tensor> open = static tensor => tensor; // the source does not show what it gives
                public ScalarType Seen;
                {{method}}(Tensor x, Tensor y, Tensor m)
                {
                    {{statements}}
                    Seen = result.dtype;
                    return result;
                }
            }

            """.Replace("LOW", low, StringComparison.Ordinal).Replace("HIGH", high, StringComparison.Ordinal);
    }

    private T Pick<T>(params T[] items) => items[random.Next(items.Length)];

    private Value Expression(int depth)
    {
        if (depth > MaximumDepth || random.Next(6) == 0)
        {
            return Pick([.. variables]);
        }

        var value = Write(depth + 1);
        return value.Size <= MaximumSize ? value : value.Then($"({value.Text} / {Math.Ceiling(value.Size)})", 1, 1 / value.Size);
    }

    private Value Write(int depth)
    {
        var a = Expression(depth);
        var dtype = Pick("LOW", "LOW", "HIGH");
        switch (random.Next(15))
        {
            case 0:
                return a.Then(Pick($"{a}.softmax(-1)", $"functional.softmax({a}, 0)", $"torch.softmax({a}, dim: 1)", $"Softmax(-1).call({a})"), 1, 1);
            case 1:
                return a.Then(Pick($"{a}.softmax(-1, ScalarType.{dtype})", $"special.softmax({a}, 0, dtype: ScalarType.{dtype})"), 1, 1);
            case 2:
                return a.Then(Pick($"{a}.log_softmax(-1)", $"functional.log_softmax({a}, 0)"), 2 * a.Size + 2, 2);
            case 3:
                return a.Then(Pick($"{a}.masked_fill(m, Mask).softmax(-1)", $"({a} - 1e9).sigmoid()", $"functional.softmin({a}, 1)"), 1, 1);
            case 4:
                return a.Then($"{Pick($"{a}.sum(0, true)", $"{a}.sum([0L], true)", $"{a}.sum([0L], true, ScalarType.{dtype})")}.expand(4, 4)", 4 * a.Size, 4);
            case 5:
                return a.Then(Pick($"{a}.std(0, keepdim: true).expand(4, 4)", $"{a}.norm(0, true, 2f).expand(4, 4)", $"{a}.logsumexp(1, true).expand(4, 4)"), 2 * a.Size + 2, 2);
            case 6:
                var scale = Math.Ceiling(a.Size);
                return a.Then(Pick($"({a} / {scale}).exp()", $"exp({a} / {scale})", $"({a} / {scale}).cosh()"), 3, 3 / scale);
            case 7:
                return a.Then(Pick($"{a}.square()", $"{a}.pow(2)", $"torch.pow({a}, 2)"), a.Size * a.Size, 2 * a.Size);
            case 8:
                return a.Then(Pick($"{a}.clamp(1e-8, 1 - 1e-6)", $"full_like({a}, 1e6).clamp(max: 1)"), 1, 1);
            case 9:
                return a.Then(Pick($"({a} + 1e-8)", $"{a}.clamp(-1e6, -Mask)", $"{a}.add(1e-9)"), a.Size, 1);
            case 10:
                return a.Then(Pick($"{a}.to(ScalarType.{dtype})", $"-({a})", $"{a}.t()", $"{a}.transpose(0, 1).contiguous()", $"{a}.type_as(h)"), a.Size, 1);
            default:
                return Of(a, Expression(depth));
        }
    }

    private Value Of(Value a, Value b)
    {
        var loss = Square(b.Size + 1);
        var product = new Value("", 4 * a.Size * b.Size, 4 * (a.Size * b.Error + b.Size * a.Error) + 4 * a.Size * b.Size);
        return random.Next(7) switch
        {
            6 => new(Pick($"{a}.lerp({b}, 0.5)", $"lerp({a}, {b}, 0.25)", $"{a}.addcmul({b}, h, 0)"), a.Size + b.Size, a.Error + b.Error + a.Size + b.Size),
            0 or 1 => product with { Text = Pick($"{a}.mm({b})", $"mm({a}, {b})") },
            2 => product with { Text = $"einsum(\"{Pick("ij,jk->ik", "ij,jk", "ij,kj->ik")}\", {a}, {b})" },
            3 => new($"({a} * {b})", product.Size, product.Error),
            4 => new($"({a} * functional.mse_loss({b}, h))", a.Size * loss, a.Error * loss + 2 * a.Size * (b.Size + 1) * (b.Error + 1 + b.Size)),
            _ => new($"({a} {Pick("+", "-")} {b})", a.Size + b.Size, a.Error + b.Error + a.Size + b.Size),
        };
    }

    private static double Square(double x) => x * x;

    /// <summary>An expression.</summary>
    /// <param name="Text">Its text.</param>
    /// <param name="Size">The largest that its numbers get.</param>
    /// <param name="Error">How far roundings move them, in steps of the 16-bit dtype at 1.</param>
    private readonly record struct Value(string Text, double Size, double Error)
    {
        /// <summary>An operation on it, by its largest result and its largest slope.</summary>
        public Value Then(string text, double size, double slope) => new(text, size, slope * Error + size);

        public override string ToString() => Text;
    }
}
