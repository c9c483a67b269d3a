using static Precision.Analyzer.Tests.Hazards.Hazard;

namespace Precision.Analyzer.Tests.Hazards;

/// <summary>The hazards of 16-bit that are known from other libraries and from programs, each with the rule that reports it, or the reason why none does.</summary>
internal static class HazardCatalogue
{
    /// <summary>Numbers and tensors.</summary>
    public static readonly Hazard[] Numerics =
    [
        Reported("PRC1007", "A mask is filled with -1e9 in Float16", Code("y = h.masked_fill(x > 0, -1e9);"), Code("y = (1 - (x > 0).half()) * -1e9f;")),
        Reported("PRC1007", "The limits of another dtype are used: `finfo` of float32, `float.MinValue`",
            Code("y = h.masked_fill(x > 0, finfo(ScalarType.Float32).min);"), Code("y = b.masked_fill(x > 0, float.MinValue);")),
        Unreported("Two masks that hold the smallest number are added: the sum is -infinity, and NaN after a softmax where a whole row is masked",
            "Whether two masks meet in one row depends on the data. Constants outside the range are reported by [PRC1007](PRC1007.md).",
            Code("y = full(4, finfo(ScalarType.Float16).min, dtype: ScalarType.Float16) + full(4, finfo(ScalarType.Float16).min, dtype: ScalarType.Float16);")),
        Reported("PRC1008", "An epsilon such as 1e-8 is 0 in Float16", Code("y = x / (h + 1e-8);"), Code("y = h.clamp(min: 1e-8);")),
        Reported("PRC1008", "A bound such as 1 - 1e-6 is 1 in 16-bit, and the logarithm of the difference infinite",
            Code("y = h.clamp(1e-3, 1 - 1e-6);"), Code("y = b.clamp(1e-3, 1 - 1e-6);")),
        Reported("PRC1008", "The default epsilon of `normalize` is 0 in Float16: rows of zeros become NaN", Code("y = functional.normalize(h);")),
        Reported("PRC1011", "A moving average is kept in 16-bit",
            Code("y = zeros(4, dtype: ScalarType.BFloat16); foreach (var batch in batches) { y.lerp_(batch.bfloat16(), 0.001); }")),
        Reported("PRC1011", "A loss, a metric or a counter is accumulated in 16-bit",
            Code("y = zeros(1, dtype: ScalarType.BFloat16); foreach (var batch in batches) { y += batch.bfloat16().mean(); }"),
            Code("y = zeros(1, dtype: ScalarType.Float16); foreach (var batch in batches) { y.add_(1); }")),
        Reported("PRC1002", "Sums, products and norms overflow in Float16 and lose digits in BFloat16",
            Code("y = h.sum();"), Code("y = h.prod();"), Code("y = h.norm();"), Code("y = h.cumprod(0);"), Code("y = b.cumsum(0);")),
        Reported("PRC1002", "Variances overflow in Float16 and cancel in BFloat16", Code("y = h.var();"), Code("y = b.std();")),
        Unreported("`mean` of many 16-bit numbers", "The kernels accumulate in float32 and round the result once.",
            Code("y = h.mean();"), Code("y = b.mean();")),
        Reported("PRC1001", "Softmax in 16-bit", Code("y = h.softmax(-1);"), Code("y = functional.log_softmax(b, -1);"), Code("y = functional.softmin(h, -1);")),
        Reported("PRC1003", "Exponentials, powers and hyperbolic functions overflow in Float16",
            Code("y = h.exp();"), Code("y = h.expm1();"), Code("y = h.cosh();"), Code("y = h.sinh();"), Code("y = h.tan();"), Code("y = h.pow(2);"), Code("y = h.square();")),
        Reported("PRC1004", "Logarithms, reciprocals and other functions with a pole, in 16-bit",
            Code("y = h.log();"), Code("y = b.rsqrt();"), Code("y = b.reciprocal();"), Code("y = h.acos();"), Code("y = h.asin();"), Code("y = h.erfinv();"), Code("y = b.softplus();"), Code("y = h.logit(0.01);")),
        Reported("PRC1004", "A number divided by a 16-bit tensor", Code("y = 1 / h;"), Code("y = 2.5 / b;")),
        Reported("PRC1005", "Losses of 16-bit values",
            Code("y = functional.mse_loss(h, h);"), Code("y = functional.cross_entropy(b, ids);"), Code("y = functional.l1_loss(h, h);"),
            Code("y = functional.kl_div(b, b);"), Code("y = functional.smooth_l1_loss(h, h);"), Code("y = functional.huber_loss(h, h);"), Code("y = NLLLoss().call(h, ids);")),
        Reported("PRC1006", "Binary cross entropy of probabilities: wrong in 16-bit, and an exception in CUDA's autocast",
            Code("y = functional.binary_cross_entropy(h.sigmoid(), h);"), Model("Dtype.BFloat16", "return BCELoss().call(layer.call(x).sigmoid(), x);")),
        Reported("PRC1012", "A logarithm or an exponential of what was rounded: log(softmax), log(sigmoid), log(1 - p), log(1 + x), exp(x) - 1, log(sum(exp))",
            Code("y = w.softmax(-1).log();"), Code("y = w.sigmoid().log();"), Code("y = (1 - w.sigmoid()).log();"), Code("y = (1 + w).log();"), Code("y = w.exp() - 1;"), Code("y = w.exp().sum(-1).log();")),
        Reported("PRC1013", "Attention divides the product by the square root of the head size when it may have overflowed",
            Code("y = h.matmul(h) / Math.Sqrt(64);"), Model("Dtype.Float16", "var q = layer.call(x); return q.matmul(q.transpose(-1, -2)) * 0.125;")),
        Reported("PRC1018", "Angles of rotary and sinusoidal embeddings in 16-bit, or through a 16-bit product",
            Code("y = (arange(200).bfloat16() * b).sin();"), Model("Dtype.BFloat16", "return arange(200.0).unsqueeze(1).matmul(pow(10000.0, -arange(0.0, 32) / 32).unsqueeze(0)).cos();")),
        Reported("PRC1010", "More positions than 16-bit tells apart: 256 in BFloat16, 2048 in Float16",
            Code("y = arange(4096, dtype: ScalarType.BFloat16);"), Code("y = linspace(0, 1000, 4001, dtype: ScalarType.Float16);")),
        Reported("PRC1010", "Integers meet a 16-bit tensor", Code("y = arange(4000, 4004) * b;")),
        Reported("PRC1010", "Indices go through 16-bit and back", Code("y = arange(4096).half().to(ScalarType.Int64);")),
        Unreported("A float32 tensor without dimensions, or a number, does not promote: Float16 times 1e5 may be infinite",
            "The product is infinite only where the tensor is not small. The other rules know the dtype of the result.",
            Code("y = h * tensor(1e5f);"), Code("y = h * 1e5;")),
        Reported("PRC1009", "Operands of a matrix multiplication have different dtypes", Code("y = h.matmul(w);"), Code("y = functional.linear(h, w);")),
        Reported("PRC1015", "A float32 operand is written into a 16-bit tensor, in place or by `out:`", Code("h.add_(w);"), Code("special.bessel_j0(w, @out: h);")),
        Reported("PRC1016", "A call names a 16-bit dtype for an operation that needs float32",
            Code("y = w.softmax(-1, ScalarType.Float16);"), Code("y = w.sum(type: ScalarType.BFloat16);")),
        Reported("PRC1014", "Running statistics become 16-bit", Code("var norm = BatchNorm1d(4).half();"), Code("y = functional.batch_norm(x, h, h);")),
        Reported("PRC1017", "16-bit values are compared for equality, or with the tolerance of float32", Code("y = h == b.half();"), Code("var same = h.allclose(h * 2);")),
        Unreported("Weights that were trained in BFloat16 overflow in Float16", "The code does not say where weights come from; a [comparison](../choosing.md) shows it."),
        Unreported("`svd`, `cholesky`, `inverse`, `fft`, `quantile` and others have no 16-bit", "libtorch throws and names the operation.",
            Code("y = linalg.svdvals(h);"), Code("y = linalg.inv(h);")),
    ];

    /// <summary>Training loops. Hazards without a program here have theirs in the tests of the rule.</summary>
    public static readonly Hazard[] Loops =
    [
        Reported("PRC2001", "An optimizer updates 16-bit parameters without a float32 copy: small updates are lost, and Adam's epsilon of 1e-8 is 0 in Float16",
            Statements("plain.half(); var o = optim.AdamW(plain.parameters());"), Statements("plain.bfloat16(); var o = optim.SGD(plain.parameters(), 0.1);")),
        Reported("PRC2002", "An optimizer is created before its model is converted",
            Statements("var m = new Plain(); var o = optim.AdamW(m.parameters()); m.to(device); o.step();")),
        Reported("PRC2003", "Training in Float16 without loss scaling", Batches("var loss = Loss(model.call(x), y); optimizer.zero_grad(); loss.backward(); optimizer.step();")),
        Reported("PRC2004", "Loss scaling with BFloat16",
            Statements("var m = new Brain(); using var s = new GradScaler(); foreach (var (x, y) in batches) { optimizer.zero_grad(); s.scale(Loss(m.call(x), y)).backward(); s.step(optimizer); s.update(); }")),
        Reported("PRC2005", "Gradients are clipped before they are unscaled",
            Batches("optimizer.zero_grad(); scaler.scale(Loss(model.call(x), y)).backward(); torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0); scaler.step(optimizer); scaler.update();")),
        Reported("PRC2006", "A step without an update of the scale", Batches("optimizer.zero_grad(); scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer);")),
        Reported("PRC2007", "Gradients are unscaled twice, or the scale is updated twice or before all steps",
            Batches("optimizer.zero_grad(); scaler.scale(Loss(model.call(x), y)).backward(); scaler.unscale_(optimizer); scaler.unscale_(optimizer); scaler.step(optimizer); scaler.update();")),
        Reported("PRC2008", "The optimizer steps by itself while a scaler scales, or a loss goes backward unscaled",
            Batches("optimizer.zero_grad(); scaler.scale(Loss(model.call(x), y)).backward(); optimizer.step();")),
        Reported("PRC2010", "Accumulation: the loss of a micro-batch is not divided, or its gradients are unscaled at once",
            Batches("scaler.scale(Loss(model.call(x), y)).backward(); scaler.unscale_(optimizer); if (i % 4 == 3) { scaler.step(optimizer); scaler.update(); optimizer.zero_grad(); }")),
        Reported("PRC2011", "Each step waits for the device: `item`, `ToSingle`, `isinf().any()`"),
        Unreported("A gradient norm is logged before the gradients are unscaled",
            "A wrong number is shown and nothing is computed from it. What changes gradients, as clipping does, is reported by [PRC2005](PRC2005.md)."),
        Unreported("A gradient penalty is computed from scaled gradients",
            "`autograd.grad` returns tensors, and the code does not say whether they were divided by the scale: it may be divided by any number that holds it."),
    ];

    /// <summary>Models and autocast regions.</summary>
    public static readonly Hazard[] Models =
    [
        Reported("PRC3004", "An annotated model or its input is converted to 16-bit by hand", Statements("model.half();"), Statements("model.call(batches[0].x.half());")),
        Reported("PRC3005", "A custom autograd function runs its backward outside the autocast of its forward"),
        Reported("PRC0009 PRC3006", "A call does not reach the generated forward, or no interceptor can replace it",
            """
            [MixedPrecision(Dtype.Float16)]
            partial class A : Module<Tensor, Tensor>
            {
                public A() : base("a") { }
                protected Tensor ForwardCore(Tensor x) => x;
            }
            class B : A
            {
                public override Tensor forward(Tensor x) => x;
            }
            """,
            Model("Dtype.Float16", "Func<Tensor, Tensor> relu = marked.call; return relu(x);", "[FullPrecision] private readonly Linear marked = Linear(4, 4);")),
        Reported("PRC3001", "An autocast region is left by `await`, or its work goes to another thread",
            "static class C { static async Task M(Task task) { using var region = Autocast.Enter(CPU, Dtype.BFloat16); await task; } }",
            Code("using var region = Autocast.Enter(CPU, Dtype.BFloat16); Task.Run(() => x.matmul(x));"),
            Model("Dtype.Float16", "new System.Threading.Thread(() => layer.call(x)).Start(); return x;")),
        Reported("PRC0001 PRC0002 PRC0003 PRC0004 PRC0005 PRC0006",
            "The annotation is used wrongly: not on a partial class, not on a module, without a usable `ForwardCore`, with a dtype that does not work, against its base class",
            "[MixedPrecision(Dtype.Float16)] class A : Module<Tensor, Tensor> { public A() : base(\"a\") { } private Tensor ForwardCore(Tensor x) => x; }",
            "[MixedPrecision(Dtype.Float16)] partial class A { private Tensor ForwardCore(Tensor x) => x; }",
            "[MixedPrecision(Dtype.Float16)] partial class A : Module<Tensor, Tensor> { public A() : base(\"a\") { } public override Tensor forward(Tensor x) => x; }",
            "[MixedPrecision(Dtype.Float16)] partial class A : Module<Tensor, Tensor> { public A() : base(\"a\") { } }",
            Model("Dtype.Float16, Parameters = Dtype.BFloat16", "return x;"),
            "[FullPrecision, MixedPrecision(Dtype.Float16)] partial class A : Module<Tensor, Tensor> { public A() : base(\"a\") { } private Tensor ForwardCore(Tensor x) => x; }"),
        Reported("PRC0007", "Float16 where only a CPU will run it"),
        Unreported("A `[MixedPrecision]` model returns 16-bit to code in float32",
            "It returns float32 where nothing else is asked for: the outermost forward casts its result unless `Output` says otherwise."),
        Unreported("A checkpoint holds weights in 16-bit",
            "`MixedPrecisionTraining.Save` writes the float32 masters; who saves the model itself may want the smaller file."),
        Unreported("The autocast cache holds a cast of a weight that is stale, or that lost its graph under `no_grad`", "The cache is off in every region of this library."),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<Hazard> All => [.. Numerics, .. Loops, .. Models];
}
