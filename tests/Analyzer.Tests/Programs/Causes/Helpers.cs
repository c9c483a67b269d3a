// Arguments are followed into what a forward calls.

public static class Extensions
{
    public static Tensor Weights(this Tensor scores) => scores.softmax(-1); // want PRC1001

    public static Tensor Named(this Tensor scores, ScalarType dtype) => scores.softmax(-1, dtype: dtype); // silent

    public static Tensor Wide(this Tensor x) => x.to(ScalarType.Float32).square().sum(); // silent

    public static Tensor NeverCalled(this Tensor x) => x.softmax(-1).square().sum(); // silent

    public static Tensor OfFloat32(this Tensor x) => x.softmax(-1).square().sum(); // silent
}

internal static class Numbers
{
    private const double Epsilon = 1e-9;

    public static Tensor Logarithm(Tensor x) => (x + Epsilon).log(); // want PRC1008 (fp16); PRC1004

    public static (Tensor Low, Tensor High) Powers(Tensor x)
    {
        var high = x.pow(2); // want PRC1003 (fp16)
        return (x.pow(1), high); // silent
    }

    public static Tensor Total(params Tensor[] parts) => cat(parts, -1).sum(); // want PRC1002

    public static Tensor Halved(Tensor x, int depth) => depth == 0 ? x.softmax(-1) : Halved(x / 2, depth - 1); // want PRC1001

    public static Tensor Forever(Tensor x, int depth) => depth < 0 ? x : Forever(x.to(ScalarType.Float32), depth - 1).square(); // silent

    public static Tensor Count(Tensor x) => x.sum(); // silent

    public static Tensor WithDefault(Tensor x, double epsilon = 1e-3) => (x + epsilon).sqrt(); // silent
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Model : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    private Tensor last = zeros(1);
    public Model() : base("model") => RegisterComponents();

    /// <summary>Called by the forward only.</summary>
    public Tensor Beside(Tensor x)
    {
        var energy = x.square(); // want PRC1003 (fp16)
        return energy.mean(); // silent
    }

    /// <summary>Called by nothing here; others may pass what they like.</summary>
    public Tensor Outside(Tensor x) => x.softmax(-1); // silent

    private Tensor Projected => layer.call(last).softmax(-1); // want PRC1001

    private Tensor ForwardCore(Tensor x)
    {
        var y = layer.call(x);
        last = y;
        var sum = y.Weights() + Numbers.Logarithm(y.relu()) + Numbers.Total(y, y) + Numbers.Halved(y, 3);
        sum += Numbers.Powers(y).High + Beside(y) + Projected + First(y) + Inner(y);
        sum += y.Named(ScalarType.Float32) + y.Wide() + Numbers.Count(y.argmax(-1)) + Numbers.WithDefault(y.abs());
        sum += y.to(ScalarType.Float32).OfFloat32() + Numbers.Forever(y.to(ScalarType.Float32), 2);
        sum += Apply(y, static part => part.to(ScalarType.Float32).softmax(-1)); // silent
        return sum + Wide(y.to(ScalarType.Float32));

        Tensor Inner(Tensor part)
        {
            var weights = part.softmax(-1); // want PRC1001
            return weights * part.mean(); // silent
        }

        static Tensor Wide(Tensor part) => part.softmax(-1) + part.square(); // silent
    }

    private Tensor First(Tensor x) => Second(x * 2);

    private static Tensor Second(Tensor x) => Third(x.transpose(0, 1));

    private static Tensor Third(Tensor x) => functional.log_softmax(x, dim: 0); // want PRC1001

    private static Tensor Apply(Tensor x, Func<Tensor, Tensor> function) => function(x);
}

public static class Evaluation
{
    public static Tensor Of(Model model, Tensor x) => model.call(x).OfFloat32() + model.Outside(x);
}
