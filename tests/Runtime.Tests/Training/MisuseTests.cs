using Precision.Optim;
using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Optimizer = TorchSharp.torch.optim.Optimizer;

#pragma warning disable PRC2007 // what it throws is tested

namespace Precision.Runtime.Tests.Training;

/// <summary>Each misuse has its own message, which says what to do.</summary>
public class MisuseTests
{
    private static readonly Dictionary<string, (Action<Wrapper, MixedPrecisionTraining> Use, Type Error, string Text)> Cases = new()
    {
        ["step without backward"] = (
            (_, training) => training.Step(),
            typeof(InvalidOperationException), "before Backward(loss)"),
        ["backward past the training"] = (
            (model, training) => { Loss(model).backward(); training.Step(); },
            typeof(InvalidOperationException), "PRC2008: 'MixedPrecisionTraining.Step' does not see"),
        ["step twice"] = (
            (model, training) => { training.Backward(Loss(model)); training.Step(); training.Step(); },
            typeof(InvalidOperationException), "PRC2007: 'MixedPrecisionTraining.Step' is called twice in a row"),
        ["loss of several numbers"] = (
            (model, training) => training.Backward(model.call(rand(2, 4))),
            typeof(ArgumentException), "mean()"),
        ["loss without graph"] = (
            (model, training) => training.Backward(Loss(model).detach()),
            typeof(ArgumentException), "no graph"),
        ["Float16 loss"] = (
            (model, training) => training.Backward(Loss(model).to(ScalarType.Float16)),
            typeof(ArgumentException), "Float16"),
        ["BFloat16 loss"] = (
            (model, training) => training.Backward(Loss(model).to(ScalarType.BFloat16)),
            typeof(ArgumentException), "BFloat16"),
        ["integer loss"] = (
            (model, training) => training.Backward(tensor(1L)),
            typeof(ArgumentException), "Int64"),
        ["disposed loss"] = (
            (model, training) => { var loss = Loss(model); loss.Dispose(); training.Backward(loss); },
            typeof(ObjectDisposedException), "loss"),
        ["no loss"] = (
            (_, training) => training.Backward(null!),
            typeof(ArgumentNullException), "loss"),
        ["loss of another model"] = (
            (_, training) => { training.Backward(rand(1, requires_grad: true).sum()); training.Step(); },
            typeof(InvalidOperationException), "gradient"),
        ["clipping to less than nothing"] = (
            (model, training) => { training.Backward(Loss(model)); training.Step(-1); },
            typeof(ArgumentOutOfRangeException), "negative"),
        ["moved model"] = (
            (model, training) => { model.to(ScalarType.Float64); training.Backward(Loss(model)); },
            typeof(InvalidOperationException), "model.to("),
        ["moved before step"] = (
            (model, training) => { training.Backward(Loss(model)); model.to(ScalarType.Float64); training.Step(); },
            typeof(InvalidOperationException), "model.to("),
        ["other policy"] = (
            (model, training) => { var loss = Loss(model); model.PrecisionPolicy = PrecisionPolicy.Float32; training.Backward(loss); },
            typeof(InvalidOperationException), "PrecisionPolicy"),
        ["loaded weights"] = (
            (model, training) => { Fill(model); training.Backward(Loss(model)); training.Step(); },
            typeof(InvalidOperationException), "CopyFromModel"),
        ["save with gradients"] = (
            (model, training) => { training.Backward(Loss(model)); training.Save("never-written"); },
            typeof(InvalidOperationException), "after Step()"),
        ["disposed: backward"] = (
            (model, training) => { training.Dispose(); training.Backward(Loss(model)); },
            typeof(ObjectDisposedException), ""),
        ["disposed: step"] = (
            (_, training) => { training.Dispose(); training.Step(); },
            typeof(ObjectDisposedException), ""),
        ["disposed: save"] = (
            (_, training) => { training.Dispose(); training.Save("never-written"); },
            typeof(ObjectDisposedException), ""),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    private static Optimizer AdamW(IReadOnlyList<(string name, Parameter parameter)> named) => new FusedAdamW(named);

    private static Tensor Loss(Wrapper model) => model.call(rand(2, 4, dtype: model.parameters().First().dtype)).sum();

    private static void Fill(Wrapper model)
    {
        using var _ = no_grad();
        model.parameters().First().fill_(2);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Says_what_to_do(string name)
    {
        using var scope = NewDisposeScope();
        var (use, expected, text) = Cases[name];
        using var model = new Wrapper(Linear(4, 3));
        using var training = MixedPrecisionTraining.Create(model, AdamW);
        var error = Assert.Throws(expected, () => use(model, training));
        Assert.Contains(text, error.Message);
        Assert.False(File.Exists("never-written"));
    }

    [Fact]
    public void Most_misuse_leaves_the_training_usable()
    {
        using var scope = NewDisposeScope();
        using var model = new Wrapper(Linear(4, 3));
        using var training = MixedPrecisionTraining.Create(model, AdamW);
        Assert.Throws<InvalidOperationException>(() => training.Step());
        Assert.Throws<ArgumentException>(() => training.Backward(model.call(rand(2, 4))));
        training.Backward(Loss(model));
        Assert.Throws<ArgumentOutOfRangeException>(() => training.Step(double.NaN));
        Assert.True(training.Step().Applied);
        Assert.Throws<InvalidOperationException>(() => training.Step());
        Fill(model);
        training.Backward(Loss(model));
        Assert.Throws<InvalidOperationException>(() => training.Step());
        training.MasterWeights.CopyFromModel();
        Assert.True(training.Step().Applied);
    }

    [Fact]
    public void A_bfloat16_loss_is_taken_where_the_policy_asks_for_it()
    {
        using var scope = NewDisposeScope();
        using var model = new Wrapper(Linear(4, 3));
        model.PrecisionPolicy = model.PrecisionPolicy with { Output = Dtype.BFloat16 };
        using var training = MixedPrecisionTraining.Create(model, AdamW);
        var loss = Loss(model);
        Assert.Equal(ScalarType.BFloat16, loss.dtype);
        training.Backward(loss);
        Assert.True(training.Step().Applied);
    }

    [Fact]
    public void A_result_is_valid_until_the_next_step()
    {
        using var scope = NewDisposeScope();
        using var model = new Wrapper(Linear(4, 3));
        var training = MixedPrecisionTraining.Create(model, AdamW);
        training.Backward(Loss(model));
        var first = training.Step();
        Assert.Equal((true, 1.0, null), (first.Applied, first.LossScale, first.GradientNorm));
        training.Backward(Loss(model));
        Assert.True(first.Applied);
        var second = training.Step(maxGradNorm: 1);
        Assert.NotNull(second.GradientNorm);
        foreach (var read in new Func<object?>[] { () => first.Applied, () => first.LossScale, () => first.GradientNorm })
        {
            Assert.Contains("before the next Step()", Assert.Throws<InvalidOperationException>(read).Message);
        }

        training.Dispose();
        training.Dispose();
        Assert.Throws<InvalidOperationException>(() => second.Applied);
        Assert.False(model.parameters().First().IsInvalid);
    }

    [Fact]
    public void Optimizers_over_other_parameters_are_refused()
    {
        using var model = new Wrapper(Linear(4, 3));
        Assert.Contains(
            "model.parameters()",
            Assert.Throws<InvalidOperationException>(
                () => MixedPrecisionTraining.Create(model, _ => new FusedAdamW(model.parameters()))).Message);
        Assert.Contains(
            "LBFGS",
            Assert.Throws<NotSupportedException>(
                () => MixedPrecisionTraining.Create(model, named => optim.LBFGS(named.Select(n => n.parameter), max_eval: 10))).Message);
        Assert.Throws<InvalidOperationException>(() => MixedPrecisionTraining.Create(model, _ => null!));
        foreach (var parameter in model.parameters())
        {
            parameter.requires_grad = false;
        }

        Assert.Contains(
            "requires_grad", Assert.Throws<InvalidOperationException>(() => MixedPrecisionTraining.Create(model, AdamW)).Message);
    }

    [Fact]
    public void A_model_without_numbers_is_refused()
    {
        using var model = new Wrapper(Linear(4, 3, device: META));
        Assert.Contains("meta device", Assert.Throws<InvalidOperationException>(() => MixedPrecisionTraining.Create(model, AdamW)).Message);
        Assert.Contains("meta device", Assert.Throws<InvalidOperationException>(() => model.CreateMasterWeights()).Message);
    }

    [Fact]
    public void Annotated_classes_without_generated_code_are_refused_wherever_they_are()
    {
        using var plain = Sequential(("a", Linear(4, 3)));
        MixedPrecisionTraining.Create(plain, AdamW).Dispose();
        var forgotten = UngeneratedModule.Create();
        foreach (var model in new Module[] { forgotten, Sequential(("a", Linear(4, 3)), ("b", forgotten)), new Wrapper(forgotten) })
        {
            var error = Assert.Throws<InvalidOperationException>(() => MixedPrecisionTraining.Create(model, AdamW));
            Assert.Contains("Forgotten", error.Message);
            Assert.Contains("compiled without the Precision generator", error.Message);
        }
    }

    [Fact]
    public void A_backward_that_fails_leaves_no_half_of_the_gradients()
    {
        using var scope = NewDisposeScope();
        using var model = new Wrapper(Linear(4, 3));
        using var training = MixedPrecisionTraining.Create(model, named => new FusedSGD(named, lr: 1));
        var loss = Loss(model);
        training.Backward(loss);
        var error = Assert.Throws<InvalidOperationException>(() => training.Backward(loss));
        Assert.Contains("retainGraph", error.Message);
        Assert.Throws<InvalidOperationException>(() => training.Step());
        var before = training.MasterWeights["inner.bias"].detach().clone();
        training.Backward(Loss(model));
        training.Step();

        // The gradient of a sum over 2 rows is 2: of one loss only.
        Assert.True((before - 2).allclose(training.MasterWeights["inner.bias"]));
    }
}
