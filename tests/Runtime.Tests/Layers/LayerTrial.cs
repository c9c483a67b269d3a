using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Layers;

/// <summary>Runs one layer in one setting beside the same layer in float32: values and gradients.</summary>
internal static class LayerTrial
{
    private const long Seed = 20260813;

    /// <summary>How many units in the last place of the largest element a result may be off.</summary>
    private const double Units = 8;

    /// <summary>What is wrong; null when nothing is.</summary>
    public static string? Fault(Layer layer, LayerSetting setting, Device device)
    {
        using var scope = NewDisposeScope();
        try
        {
            using var plain = Made(layer, setting, device);
            var expected = Outcome.Of(plain, inputs => layer.Run(plain, inputs), Inputs(layer, setting, device), layer, setting, device);
            var wrapped = Made(layer, setting, device);
            using var model = setting.Wrap(layer, wrapped);
            using var masters = model.CreateMasterWeights();
            var actual = Outcome.Of(wrapped, model.call, Inputs(layer, setting, device), layer, setting, device);
            return actual.DifferenceFrom(expected, setting.Epsilon * Units);
        }
        catch (Exception exception)
        {
            return $"{exception.GetType().Name}: {exception.Message.Split('\n')[0]}";
        }
    }

    /// <summary>The dtype that a layer gives to the operations after it.</summary>
    public static ScalarType ResultDtype(Layer layer, LayerSetting setting, Device device)
    {
        using var scope = NewDisposeScope();
        using var model = setting.Wrap(layer, Made(layer, setting, device));
        using var masters = model.CreateMasterWeights();
        model.call(Inputs(layer, setting, device));
        return model.ResultDtype;
    }

    /// <summary>The layer with weights that 16-bit can hold: only the computation may differ.</summary>
    private static nn.Module Made(Layer layer, LayerSetting setting, Device device)
    {
        SeedAll(Seed, device);

        // The weights of a loss are neither parameters nor buffers, so that moving the loss leaves them where they are.
        var before = get_default_device();
        set_default_device(device);
        nn.Module module;
        try
        {
            module = layer.Create();
        }
        finally
        {
            set_default_device(before);
        }

        using (no_grad())
        {
            foreach (var parameter in module.parameters())
            {
                parameter.copy_(parameter.to_type(setting.Compute));
            }
        }

        module.to(device);
        module.train(setting.Training);
        return module;
    }

    private static Tensor[] Inputs(Layer layer, LayerSetting setting, Device device)
    {
        SeedAll(Seed + 1, device);
        return [.. layer.Inputs().Select((input, index) =>
        {
            var rounded = is_floating_point(input) ? input.to_type(setting.Compute).to_type(ScalarType.Float32) : input;
            return rounded.to(device).detach().requires_grad_(index == 0 && is_floating_point(rounded));
        })];
    }

    // TorchSharp's manual_seed seeds the CPU only.
    private static void SeedAll(long seed, Device device)
    {
        manual_seed(seed);
        if (device.type is DeviceType.CUDA)
        {
            cuda.manual_seed_all(seed);
        }
    }

    /// <summary>The result of one call and the gradients that it gave.</summary>
    /// <param name="Result">The result.</param>
    /// <param name="Gradients">The gradients of the first input and of the parameters.</param>
    /// <param name="IsComparable">Whether the same random numbers were drawn as in another dtype.</param>
    private sealed record Outcome(Tensor Result, IReadOnlyList<(string Name, Tensor? Gradient)> Gradients, bool IsComparable)
    {
        public static Outcome Of(nn.Module module, Func<Tensor[], Tensor> call, Tensor[] inputs, Layer layer, LayerSetting setting, Device device)
        {
            SeedAll(Seed + 2, device);
            var result = call(inputs);

            // cuDNN's recurrent layers have no backward in evaluation.
            if (result.requires_grad && (setting.Training || device.type is DeviceType.CPU))
            {
                SeedAll(Seed + 3, device);
                var weights = (rand(result.shape) + 0.5).to(result.device);
                (result.to_type(ScalarType.Float32) * weights).sum().backward();
            }

            return new(
                result.detach(),
                [.. inputs.Select((input, index) => ($"input {index}", input.grad)), .. module.named_parameters().Select(static pair => (pair.name, pair.parameter.grad))],
                !layer.IsRandom || device.type is DeviceType.CPU);
        }

        public string? DifferenceFrom(Outcome expected, double tolerance)
        {
            if (!Result.shape.SequenceEqual(expected.Result.shape))
            {
                return $"the result is of another shape, ({string.Join(", ", Result.shape)})";
            }

            return Difference("the result", Result, expected.Result, tolerance)
                ?? Gradients.Zip(expected.Gradients)
                    .Select(pair => Difference($"the gradient of {pair.First.Name}", pair.First.Gradient, pair.Second.Gradient, tolerance))
                    .FirstOrDefault(static difference => difference is not null);
        }

        private string? Difference(string what, Tensor? actual, Tensor? expected, double tolerance)
        {
            if (actual is null || expected is null)
            {
                return actual is null && expected is null ? null : $"{what} is {(actual is null ? "missing" : "new")}";
            }

            if (!IsComparable)
            {
                return actual.isfinite().all().item<bool>() ? null : $"{what} is not finite";
            }

            var reference = expected.to_type(ScalarType.Float64);
            var difference = (actual.to_type(ScalarType.Float64) - reference).abs().nan_to_num(double.PositiveInfinity).max().item<double>();
            var limit = tolerance * Math.Max(reference.abs().max().item<double>(), 0.1);
            return difference <= limit ? null : $"{what} is off by {difference:G3}, more than {limit:G3}";
        }
    }
}
