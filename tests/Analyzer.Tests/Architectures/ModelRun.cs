using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Architectures;

/// <summary>Runs one model of an architecture forward and backward, without dropout, and always with the same weights and inputs.</summary>
/// <param name="Class">The model's class.</param>
/// <param name="Arguments">Its constructor's.</param>
/// <param name="Inputs">Makes its inputs.</param>
internal sealed record ModelRun(string Class, object[] Arguments, Func<Tensor[]> Inputs)
{
    private const int Seed = 20260101;

    /// <summary>The models of each architecture.</summary>
    public static readonly IReadOnlyDictionary<string, ModelRun[]> Of = new Dictionary<string, ModelRun[]>
    {
        ["BertEncoder"] = [new("BertEncoder", [50, 32, 4, 2], static () =>
            [Ids(2, 7), tensor(new[,] { { 1, 1, 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 0, 0, 0 } })])],
        ["Cnn"] = [new("Cnn", [], static () => [randn(2, 1, 28, 28)])],
        ["Diffusion"] = [new("Denoiser", [3, 16], static () => [randn(2, 3, 8, 8), tensor(new long[] { 3, 700 })])],
        ["Gan"] = [new("Generator", [], static () => [randn(2, 100, 1, 1)]), new("Discriminator", [], static () => [randn(2, 3, 16, 16)])],
        ["Gpt"] = [new("Gpt", [50, 32, 4, 2, 16], static () => [Ids(2, 9)])],
        ["Llama"] = [new("LlamaBlock", [32, 4, 2], static () => [randn(2, 7, 32)])],
        ["LstmClassifier"] = [new("LstmClassifier", [50, 16, 3], static () => { var ids = Ids(3, 8); ids[0, ^3..] = 0; return [ids, ids.eq(0)]; })],
        ["ResNet"] = [new("ResNet", [10], static () => [randint(0, 256, [2, 3, 16, 16], dtype: uint8)])],
        ["UNet"] = [new("UNet", [], static () => [randn(1, 1, 16, 16)])],
        ["Vae"] = [new("Vae", [], static () => [rand(2, 784)])],
    };

    /// <summary>Runs it in an assembly. Disposing the surrounding scope frees what it gives.</summary>
    public Outcome In(Assembly assembly)
    {
        manual_seed(Seed);
        var model = (nn.Module)Activator.CreateInstance(assembly.GetType(Class, throwOnError: true)!, Arguments)!;
        Initialize(model);
        model.ConvertParameters();
        model.eval();
        var dtypes = new List<string>();
        foreach (var (name, module) in model.named_modules())
        {
            if (module is nn.Module<Tensor, Tensor> layer && !module.children().Any() && module.parameters().Any())
            {
                layer.register_forward_hook((_, _, output) =>
                {
                    dtypes.Add($"{name} gave {output.dtype}");
                    return output;
                });
            }
        }

        try
        {
            var outputs = Call(model, Inputs());
            Loss(outputs).backward();
            return new Outcome(
                Joined(outputs),
                Joined(model.parameters().Select(static parameter => parameter.grad ?? zeros_like(parameter))),
                dtypes,
                [.. outputs.Concat(model.parameters()).Select(static tensor => tensor.dtype)],
                Refusal: null);
        }
        catch (ExternalException exception)
        {
            return new Outcome(empty(0), empty(0), [], [], exception.Message.Split('\n')[0]);
        }
    }

    private static void Initialize(nn.Module model)
    {
        using var _ = no_grad();
        foreach (var (name, module) in model.named_modules())
        {
            switch (name, module)
            {
                case (_, GroupNorm norm): // TorchSharp leaves them as they are in memory
                    norm.weight!.fill_(1);
                    norm.bias!.fill_(0);
                    break;
                case ("logVariance", Linear logVariance): // the noise of a sampled code, another one in each dtype, is then negligible
                    logVariance.bias!.fill_(-20);
                    break;
            }
        }
    }

    /// <summary>A sum in which each number has another weight.</summary>
    private static Tensor Loss(Tensor[] outputs)
        => outputs.Select(static output => output.to(float64).flatten().dot(linspace(-1, 1, output.numel(), float64)))
            .Aggregate(static (sum, next) => sum + next);

    private static Tensor Ids(int rows, int columns) => randint(1, 50, [rows, columns]);

    private static Tensor Joined(IEnumerable<Tensor> tensors)
        => cat([.. tensors.Select(static tensor => tensor.detach().to(float64).flatten())]);

    private static Tensor[] Call(nn.Module model, Tensor[] inputs)
    {
        switch (model, inputs)
        {
            case (nn.Module<Tensor, Tensor> module, [var x]):
                return [module.call(x)];
            case (nn.Module<Tensor, Tensor, Tensor> module, [var x, var y]):
                return [module.call(x, y)];
            case (nn.Module<Tensor, (Tensor, Tensor, Tensor)> module, [var x]):
                var (first, second, third) = module.call(x);
                return [first, second, third];
            default:
                throw new InvalidOperationException($"{model.GetType()} does not take {inputs.Length} tensors.");
        }
    }

    /// <summary>What a run gave.</summary>
    /// <param name="Output">All results, as float64 numbers.</param>
    /// <param name="Gradient">The gradients of all parameters, as float64 numbers.</param>
    /// <param name="Layers">The dtypes of the layers' outputs, in the order of the calls.</param>
    /// <param name="Dtypes">Those of the results and of the parameters.</param>
    /// <param name="Refusal">Why libtorch refused to run it; null where it ran.</param>
    internal sealed record Outcome(Tensor Output, Tensor Gradient, List<string> Layers, ScalarType[] Dtypes, string? Refusal)
    {
        /// <summary>How far its results and gradients are from another run's, relative to their size.</summary>
        public (double Output, double Gradient) DistanceTo(Outcome reference)
            => (Distance(Output, reference.Output), Distance(Gradient, reference.Gradient));

        private static double Distance(Tensor actual, Tensor expected) => ((actual - expected).norm() / expected.norm()).ToDouble();
    }
}
