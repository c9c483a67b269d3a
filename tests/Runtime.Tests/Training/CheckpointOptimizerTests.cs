using Precision.Optim;
using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision.Runtime.Tests.Training;

/// <summary>The state of every optimizer goes through a checkpoint, whatever of it there is at the time.</summary>
[Collection(SerialTests.Name)]
public sealed class CheckpointOptimizerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("precision-optimizers-").FullName;

    private string FilePath => Path.Combine(folder, "checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Dictionary<string, Func<IEnumerable<(string name, Parameter parameter)>, Optimizer>> Factories { get; } = new()
    {
        ["FusedAdam"] = n => new FusedAdam(n, lr: 1e-2),
        ["FusedAdam AMSGrad"] = n => new FusedAdam(n, lr: 1e-2, amsgrad: true),
        ["FusedAdamW"] = n => new FusedAdamW(n, lr: 1e-2),
        ["FusedSGD"] = n => new FusedSGD(n, lr: 1e-2),
        ["FusedSGD momentum"] = n => new FusedSGD(n, lr: 1e-2, momentum: 0.9),
        ["Adam"] = n => torch.optim.Adam(Parameters(n)),
        ["Adam AMSGrad"] = n => torch.optim.Adam(Parameters(n), amsgrad: true),
        ["AdamW"] = n => torch.optim.AdamW(Parameters(n)),
        ["Adamax"] = n => torch.optim.Adamax(Parameters(n)),
        ["NAdam"] = n => torch.optim.NAdam(Parameters(n)),
        ["RAdam"] = n => torch.optim.RAdam(Parameters(n)),
        ["Adagrad"] = n => torch.optim.Adagrad(Parameters(n)),
        ["Adadelta"] = n => torch.optim.Adadelta(Parameters(n)),
        ["ASGD"] = n => torch.optim.ASGD(Parameters(n)),
        ["Rprop"] = n => torch.optim.Rprop(Parameters(n)),
        ["RMSProp"] = n => torch.optim.RMSProp(Parameters(n)),
        ["RMSProp momentum"] = n => torch.optim.RMSProp(Parameters(n), momentum: 0.9, centered: true),
        ["SGD"] = n => torch.optim.SGD(Parameters(n), 1e-2),
        ["SGD momentum"] = n => torch.optim.SGD(Parameters(n), 1e-2, momentum: 0.9),
        ["two groups"] = n => new FusedAdamW(
        [
            new FusedAdam.ParamGroup(n.Where(p => p.name.EndsWith("weight", StringComparison.Ordinal)), lr: 1e-2),
            new FusedAdam.ParamGroup(n.Where(p => p.name.EndsWith("bias", StringComparison.Ordinal)), lr: 1e-3, weight_decay: 0),
        ]),
        ["a program's own"] = n => new SignDescent(Parameters(n)),
    };

    public static TheoryData<string> Names => [.. Factories.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Training_goes_on(string name)
    {
        // Before the first step some tensors are not there yet.
        foreach (var (stepsBefore, stepsOfOther) in new[] { (3, 0), (0, 0), (0, 3), (2, 3) })
        {
            using var scope = NewDisposeScope();
            using var model = new Wrapper(Linear(4, 3));
            using var training = MixedPrecisionTraining.Create(model, Factories[name]);
            Train(training, model, stepsBefore);
            training.Save(FilePath);
            Train(training, model, 3);

            using var otherModel = new Wrapper(Linear(4, 3));
            using var other = MixedPrecisionTraining.Create(otherModel, Factories[name]);
            Train(other, otherModel, stepsOfOther);
            other.Load(FilePath);
            Train(other, otherModel, 3);
            Assert.Equal(Saved(training), Saved(other));
        }
    }

    [Fact]
    public void State_that_no_checkpoint_can_hold_is_refused_when_it_is_saved()
    {
        using var model = new Wrapper(Linear(4, 3));
        using var training = MixedPrecisionTraining.Create(
            model, static named => new SignDescent(Parameters(named)) { Note = "text" });
        Assert.Contains("note", Assert.Throws<NotSupportedException>(() => training.Save(FilePath)).Message);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void A_weight_that_no_checkpoint_can_hold_is_refused_when_it_is_saved()
    {
        using var scope = NewDisposeScope();
        using var model = new Wrapper(Linear(4, 3));
        model.register_buffer("graph", eye(3).to_sparse());
        using var training = MixedPrecisionTraining.Create(model, static named => new FusedAdamW(named));
        Assert.Contains("'graph' is a sparse tensor", Assert.Throws<NotSupportedException>(() => training.Save(FilePath)).Message);
        Assert.Empty(Directory.GetFiles(folder));
    }

    private static IEnumerable<Parameter> Parameters(IEnumerable<(string name, Parameter parameter)> named)
        => [.. named.Select(static pair => pair.parameter)];

    private static void Train(MixedPrecisionTraining training, Module<Tensor, Tensor> model, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            using var scope = NewDisposeScope();
            training.Backward(model.call(linspace(-1, 1, 8).reshape(2, 4)).square().mean());
            training.Step();
        }
    }

    private static byte[] Saved(MixedPrecisionTraining training)
    {
        using var stream = new MemoryStream();
        training.Save(stream);
        return stream.ToArray();
    }

    /// <summary>An optimizer of a program: its state has a tensor that it makes late, of a shape of its own.</summary>
    private sealed class SignDescent : OptimizerHelper
    {
        public SignDescent(IEnumerable<Parameter> parameters)
        {
            _defaults = new OptimizerOptions { LearningRate = 0.1, InitialLearningRate = 0.1 };
            _parameter_groups = [];
            add_param_group(new ParamGroup { Parameters = [.. parameters], Options = _defaults });
        }

        public string? Note
        {
            set => ((SignState)_state.Values.First()).Note(value);
        }

        public override void add_param_group(ParamGroup param_group)
        {
            base.add_param_group(param_group);
            foreach (var parameter in param_group.Parameters)
            {
                _state[parameter.Handle] = new SignState(parameter);
            }
        }

        public override Tensor? step(Func<Tensor>? closure = null)
            => _step<ParamGroup>(
                group =>
                {
                    foreach (var parameter in group.Parameters.Where(static parameter => parameter.grad is not null))
                    {
                        ((SignState)_state[parameter.Handle]).Step();
                    }
                },
                closure);

        private sealed class SignState(Parameter parameter) : OptimizerState(parameter)
        {
            private long count;
            private Tensor? mean;
            private string? note;

            public void Note(string? value) => note = value;

            public void Step()
            {
                count++;
                var mean = _parameter.grad!.mean();
                (this.mean, var old) = (this.mean is null ? mean : this.mean.maximum(mean), this.mean);
                this.mean.DetachFromDisposeScope();
                old?.Dispose();
                using Scalar factor = note is null ? 0.01 * count : 0;
                _parameter.sub_(_parameter.grad!.sign().mul(this.mean).mul(factor));
            }

            public override void Initialize(OptimizerOptions options) => throw new NotSupportedException();

            public override void LoadStateDict(BinaryReader reader) => throw new NotSupportedException();

            public override void LoadStateDict(OptimizerState source) => throw new NotSupportedException();

            public override void SaveStateDict(BinaryWriter writer) => throw new NotSupportedException();
        }
    }
}
