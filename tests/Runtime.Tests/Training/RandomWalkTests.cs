using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Training;

/// <summary>
/// Thousands of calls in random order beside a plain model of what each does, in float32 on the host: weights, gradients, what is
/// refused.
/// </summary>
[Collection(SerialTests.Name)]
public sealed class RandomWalkTests : IDisposable
{
    private const int Calls = 5000;
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Theory]
    [MemberData(nameof(GradientOwnershipTests.Storages), MemberType = typeof(GradientOwnershipTests))]
    public void A_walk_of_5000_calls_agrees_with_a_plain_model(Dtype compute, Dtype parameters, bool fused)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var fail = false;
        using var model = new TwoLines { PrecisionPolicy = new PrecisionPolicy(compute, parameters) };
        using var scaler = new GradScaler(256, enabled: compute is Dtype.Float16, growth_interval: 1_000_000);
        var options = new MixedPrecisionTrainingOptions { Scaler = scaler, MaxSkippedInARow = 1_000_000 };
        using var training = MixedPrecisionTraining.Create(
            model,
            named => fused ? new FusedSGD(named, lr: 1) : new Refusing(named.Select(static n => n.parameter), () => fail),
            options);
        var expected = new PlainModel();
        for (var call = 0; call < Calls; call++)
        {
            using var scope = NewDisposeScope();
            var name = Call();
            var context = $"seed {seed}, call {call}: {name}";
            Assert.True(expected.Weights[0] == training.MasterWeights["a.weight"].item<float>(), $"{context}, {expected}");
            Assert.True(expected.Weights[1] == training.MasterWeights["b.weight"].item<float>(), $"{context}, {expected}");
            Assert.All(model.named_parameters(), stored => Assert.True(
                training.MasterWeights[stored.name].to(stored.parameter.dtype).equal(stored.parameter).item<bool>(), $"{context}, {stored.name} of the model"));
        }

        string Call()
        {
            switch (random.Next(16))
            {
                case < 5:
                    var factor = random.Next(-8, 9) / 4f;
                    var onlyA = random.Next(4) == 0;
                    var unfrozen = expected.Trains;
                    var input = ones(1, 1);
                    var y = onlyA ? model.A.call(input.to(model.A.weight!.dtype)).to(ScalarType.Float32) : model.call(input);
                    if (onlyA && !unfrozen[0])
                    {
                        return "loss of a frozen line";
                    }

                    training.Backward(Lines.Scaled(y.sum(), factor));
                    expected.Backward(factor, onlyA);
                    return $"Backward({factor}, only a: {onlyA})";
                case < 8:
                    return Agree("Step", () => training.Step(maxGradNorm: 1e9), expected.Step);
                case 8:
                    return Agree("Gradients", () =>
                    {
                        var gradients = training.Gradients();
                        Assert.Equal(expected.Gradients(), gradients.ToDictionary(static g => g.name, static g => g.gradient.item<float>()));
                    }, () => expected.HasPending);
                case 9:
                    training.MasterWeights.CopyGradients(accumulate: random.Next(2) == 0);
                    return "CopyGradients";
                case 10:
                    training.zero_grad();
                    expected.Clear();
                    return "zero_grad";
                case 11:
                    return random.Next(2) == 0 ? Save() : Load();
                case 12:
                    var index = random.Next(2);
                    var line = index == 0 ? model.A : model.B;
                    if (expected.Trains[index] && !expected.Trains[1 - index])
                    {
                        return "freezing all";
                    }

                    expected.Trains[index] = line.weight!.requires_grad = !line.weight!.requires_grad;
                    return $"line {index} trains: {expected.Trains[index]}";
                case 13:
                    if (expected.HasPending && !fused)
                    {
                        fail = true;
                        Assert.Throws<OutOfMemoryException>(() => training.Step());
                        fail = false;
                        expected.FailStep();
                    }

                    return "failing Step";
                case 14:
                    training.Backward(Lines.Scaled(model.call(ones(1, 1)).sum(), float.NaN));
                    Assert.False(training.Step().Applied);
                    expected.FailStep();

                    // Halved again and again the scale would reach its floor.
                    training.Scaler.update(256.0);
                    return "NaN";
                default:
                    if (expected.HasPending)
                    {
                        nn.utils.clip_grad_value_(model.parameters(), 1);
                        expected.Clip(1);
                    }

                    return "clip_grad_value_";
            }
        }

        string Save() => Agree("Save", () => training.Save(path), expected.Save);

        string Load()
        {
            if (expected.Saved is null)
            {
                return "nothing to load";
            }

            training.Load(path);
            expected.Load();
            return "Load";
        }

        string Agree(string name, Action call, Func<bool> isAllowed)
        {
            if (isAllowed())
            {
                call();
                return name;
            }

            Assert.Throws<InvalidOperationException>(call);
            return $"refused {name}";
        }
    }

    /// <summary>What the calls mean, in numbers.</summary>
    private sealed class PlainModel
    {
        private static readonly string[] Names = ["a.weight", "b.weight"];
        private float?[] gradients = [null, null];
        private bool isPending;

        public float[] Weights { get; private set; } = [0, 0];

        public bool[] Trains { get; } = [true, true];

        public float[]? Saved { get; private set; }

        public bool HasPending => isPending;

        public void Backward(float factor, bool onlyA)
        {
            if (!isPending)
            {
                gradients = [null, null];
            }

            for (var i = 0; i < 2; i++)
            {
                if (Trains[i] && (i == 0 || !onlyA))
                {
                    gradients[i] = (gradients[i] ?? 0) + factor;
                }
            }

            isPending = true;
        }

        public bool Step()
        {
            if (!isPending)
            {
                return false;
            }

            Weights = [Weights[0] - (gradients[0] ?? 0), Weights[1] - (gradients[1] ?? 0)];
            isPending = false;
            return true;
        }

        public Dictionary<string, float> Gradients()
            => Names.Zip(gradients).Where(static pair => pair.Second is not null).ToDictionary(static pair => pair.First, static pair => pair.Second!.Value);

        public void Clip(float limit) => gradients = [.. gradients.Select(gradient => gradient is { } g ? Math.Clamp(g, -limit, limit) : gradient)];

        public void Clear() => isPending = false;

        public void FailStep() => isPending = false;

        public bool Save()
        {
            if (isPending)
            {
                return false;
            }

            Saved = [.. Weights];
            return true;
        }

        public void Load()
        {
            Weights = [.. Saved!];
            isPending = false;
        }

        public override string ToString() => $"expected {string.Join(", ", Weights)}, gradients {string.Join(", ", gradients)}, pending {isPending}";
    }

    /// <summary>An optimizer that may fail before it does anything.</summary>
    private sealed class Refusing(IEnumerable<Parameter> parameters, Func<bool> fail) : SGD(parameters, 1)
    {
        public override Tensor step(Func<Tensor>? closure = null) => fail() ? throw new OutOfMemoryException() : base.step(closure!);
    }
}
