using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision.Runtime.Tests.Training;

/// <summary>Whoever disposes a part of a training too early is told so, and loses no weight and no gradient.</summary>
public sealed class DisposedPartsTests : IDisposable
{
    private static readonly Dictionary<string, Func<IEnumerable<Parameter>, Optimizer>> Optimizers = new()
    {
        ["Adadelta"] = static parameters => optim.Adadelta(parameters),
        ["Adagrad"] = static parameters => optim.Adagrad(parameters),
        ["Adam"] = static parameters => optim.Adam(parameters),
        ["AdamW"] = static parameters => optim.AdamW(parameters, weight_decay: 0.5),
        ["Adamax"] = static parameters => optim.Adamax(parameters),
        ["ASGD"] = static parameters => optim.ASGD(parameters),
        ["NAdam"] = static parameters => optim.NAdam(parameters),
        ["RAdam"] = static parameters => optim.RAdam(parameters),
        ["RMSProp"] = static parameters => optim.RMSProp(parameters),
        ["Rprop"] = static parameters => optim.Rprop(parameters),
        ["SGD"] = static parameters => optim.SGD(parameters, 1),
        ["FusedAdamW"] = static parameters => new FusedAdamW(parameters),
        ["FusedSGD"] = static parameters => new FusedSGD(parameters),
    };

    private readonly DisposeScope scope = NewDisposeScope();

    public static TheoryData<string> Names => [.. Optimizers.Keys];

    public static Optimizer Make(string name, IEnumerable<Parameter> parameters) => Optimizers[name](parameters);

    public void Dispose() => scope.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_disposed_optimizer_is_named_and_the_gradients_stay(string name)
    {
        using var model = new TwoLines { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16) };
        using (var training = MixedPrecisionTraining.Create(model, named => Optimizers[name](named.Select(static pair => pair.parameter))))
        {
            training.Backward(Loss(model));
            training.Step();
            training.Backward(Loss(model));
            training.Optimizer.Dispose();
            var before = training.MasterWeights["a.weight"].item<float>();
            foreach (var use in new Action[] { () => training.Step(), () => training.Step(), () => training.Backward(Loss(model)) })
            {
                AssertNames(name, use);
            }

            Assert.Equal(before, training.MasterWeights["a.weight"].item<float>());
            Assert.Equal(1, training.Gradients()[0].gradient.item<float>());
            Assert.Equal(before, model.ExportFloat32(training.MasterWeights)["a.weight"].item<float>());
            training.zero_grad();
            AssertNames(name, () => training.Save("never-written"));
        }

        using var next = MixedPrecisionTraining.Create(model, static named => new FusedSGD(named, lr: 1));
        next.Backward(Loss(model));
        Assert.True(next.Step().Applied);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_scaler_names_a_disposed_optimizer(string name)
    {
        foreach (var enabled in new[] { true, false })
        {
            using var scaler = new GradScaler(Lines.Scale, enabled: enabled);
            var parameter = nn.Parameter(ones(2));
            var optimizer = Optimizers[name]([parameter]);
            scaler.scale(parameter.sum()).backward();
            optimizer.Dispose();
            AssertNames(name, () => scaler.step(optimizer));
            if (enabled)
            {
                AssertNames(name, () => scaler.unscale_(optimizer));
            }

            Assert.Equal(1, parameter[0].item<float>());
            Assert.Equal(enabled ? Lines.Scale : 1, parameter.grad![0].item<float>());
        }
    }

    [Fact]
    public void A_factory_that_disposes_its_optimizer_is_told()
    {
        using var model = new TwoLines();
        AssertNames("AdamW", () => MixedPrecisionTraining.Create(model, static named =>
        {
            using var optimizer = optim.AdamW(named.Select(static pair => pair.parameter));
            return optimizer;
        }));
    }

    [Fact]
    public void An_optimizer_that_keeps_no_state_is_not_taken_for_a_disposed_one()
    {
        using var model = new TwoLines();
        using var training = MixedPrecisionTraining.Create(model, static named => new SignDescent(named.Select(static pair => pair.parameter)));
        training.Backward(Loss(model));
        Assert.True(training.Step().Applied);
        Assert.Equal(-1, model.A.weight!.item<float>());
        Assert.Contains("SignDescent keeps no state", Assert.Throws<NotSupportedException>(() => training.Save("never-written")).Message);
    }

    [Fact]
    public void A_disposed_scaler_stops_a_step_before_it_changes_anything()
    {
        using var lines = new Lines(Dtype.Float16, Dtype.Float32);
        lines.Backward();
        lines.Training.Scaler.Dispose();
        foreach (var use in new Action[] { () => lines.Training.Step(), () => lines.Training.Step(), () => lines.Backward() })
        {
            Assert.Contains(nameof(GradScaler), Assert.Throws<ObjectDisposedException>(use).ObjectName);
        }

        Assert.Equal((0, 0), (lines.A, lines.Training.Steps));
    }

    [Theory]
    [InlineData(Dtype.Float32)]
    [InlineData(Dtype.BFloat16)]
    public void A_disposed_model_is_named(Dtype parameters)
    {
        using var lines = new Lines(Dtype.BFloat16, parameters);
        lines.Backward();
        lines.Model.Dispose();
        foreach (var use in new Action[]
        {
            () => lines.Training.Step(), () => lines.Training.Gradients(), () => lines.Training.FindNonFinite(),
            () => lines.Training.FindNonFinite(static () => ones(1)), () => lines.Training.Save("never-written"),
        })
        {
            Assert.Contains("disposing the model", Assert.Throws<InvalidOperationException>(use).Message);
        }

        lines.Training.zero_grad();
    }

    [Fact]
    public void A_disposed_master_is_named()
    {
        using var lines = new Lines(Dtype.BFloat16, Dtype.BFloat16);
        foreach (var master in lines.Training.MasterWeights.state_dict().Values)
        {
            master.Dispose();
        }

        Assert.Contains("The master of 'a.weight'", Assert.Throws<InvalidOperationException>(() => lines.Backward()).Message);
    }

    private static Tensor Loss(TwoLines model) => model.call(ones(1, 1)).sum();

    private static void AssertNames(string name, Action use)
    {
        var error = Assert.Throws<ObjectDisposedException>(use);
        Assert.Equal(name, error.ObjectName);
        Assert.Contains("Make a new optimizer", error.Message);
    }

    /// <summary>Moves each weight by 1 against its gradient's sign.</summary>
    private sealed class SignDescent : OptimizerHelper
    {
        public SignDescent(IEnumerable<Parameter> parameters)
        {
            _parameter_groups = [];
            add_param_group(new SGD.ParamGroup([.. parameters], lr: 1));
        }

        public override void add_param_group(ParamGroup param_group) => _parameter_groups.Add(param_group);

        public override Tensor? step(Func<Tensor>? closure = null)
        {
            using var _ = no_grad();
            foreach (var parameter in parameters())
            {
                parameter.sub_(parameter.grad!.sign());
            }

            return null;
        }
    }
}
