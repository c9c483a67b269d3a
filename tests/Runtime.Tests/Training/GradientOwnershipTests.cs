using System.Runtime.InteropServices;
using Precision.Optim;
using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision.Runtime.Tests.Training;

/// <summary>Every gradient takes part as its user meant, or the next call throws and says what to do.</summary>
[Collection(SerialTests.Name)]
public class GradientOwnershipTests
{
    public static TheoryData<Dtype, Dtype, bool> Storages => new()
    {
        { Dtype.Float32, Dtype.Float32, true },
        { Dtype.BFloat16, Dtype.Float32, true },
        { Dtype.BFloat16, Dtype.Float32, false },
        { Dtype.BFloat16, Dtype.BFloat16, true },
        { Dtype.BFloat16, Dtype.BFloat16, false },
        { Dtype.Float16, Dtype.Float32, true },
        { Dtype.Float16, Dtype.Float32, false },
        { Dtype.Float16, Dtype.Float16, true },
        { Dtype.Float16, Dtype.Float16, false },
    };

    public static TheoryData<Dtype, Dtype, bool> Float32Storages => new()
    {
        { Dtype.Float32, Dtype.Float32, true },
        { Dtype.BFloat16, Dtype.Float32, true },
        { Dtype.BFloat16, Dtype.Float32, false },
        { Dtype.Float16, Dtype.Float32, true },
        { Dtype.Float16, Dtype.Float32, false },
    };

    [Theory]
    [MemberData(nameof(Storages))]
    public void What_lies_in_grad_before_the_first_backward_does_not_count(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        var model = new TwoLines { PrecisionPolicy = new PrecisionPolicy(compute, parameters) };
        model.call(ones(1, 1)).sum().backward();
        using var training = MixedPrecisionTraining.Create(
            model, named => Lines.Sgd(named, fused), new() { Scaler = new GradScaler(16, enabled: compute is Dtype.Float16) });
        for (var step = 1; step <= 2; step++)
        {
            // A backward of somebody else's, a generator's for example.
            model.call(ones(1, 1)).sum().backward();
            training.Backward(model.call(ones(1, 1)).sum());
            training.Step();
            Assert.Equal(-step, training.MasterWeights["a.weight"].item<float>());
        }
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void A_generator_leaves_nothing_in_its_discriminator(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var discriminator = new Lines(compute, parameters, fused);
        using var generator = new Lines(compute, parameters, fused);
        generator.Training.Backward(Lines.Scaled(discriminator.Model.call(generator.Model.call(ones(1, 1)) + ones(1, 1)).sum(), -100));
        generator.Training.Step();
        discriminator.Backward();
        discriminator.Training.Step();
        Assert.Equal((-1, -1), (discriminator.A, discriminator.B));
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void A_gradient_that_is_assigned_replaces_the_old_one(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        lines.Backward(2);
        Assign(lines.Model.A.weight!, static gradient => gradient * 0.5);
        Assert.Equal([1f, 2f], lines.Training.Gradients().Select(static named => named.gradient.item<float>()));
        Assign(lines.Model.A.weight!, static gradient => gradient * 3);
        lines.Training.MasterWeights.CopyGradients(accumulate: true);
        lines.Backward(4);
        Assert.Equal([7f, 6f], lines.Training.Gradients().Select(static named => named.gradient.item<float>()));
        Assign(lines.Model.B.weight!, static gradient => zeros_like(gradient));
        lines.Training.Step();
        Assert.Equal((-7, 0), (lines.A, lines.B));

        static void Assign(Parameter parameter, Func<Tensor, Tensor> change)
        {
            using var _ = no_grad();
            parameter.grad = change(parameter.grad!);
        }
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void A_gradient_that_does_not_fit_is_named_and_changes_nothing(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        lines.Backward(2);
        var weight = lines.Model.A.weight!;
        var fitting = weight.grad!;
        foreach (var wrong in new[] { ones(1), ones(2, 1), ones(1, 1, dtype: float64), ones(1, 1, dtype: int64) })
        {
            weight.grad = wrong;
            foreach (var use in new Action[] { () => lines.Training.Step(), () => lines.Training.Gradients(), () => lines.Backward(), () => lines.Training.Step() })
            {
                var message = Assert.Throws<ArgumentException>(use).Message;
                Assert.Contains($"Parameter 'a.weight' is {weight.dtype}[1, 1]", message);
                Assert.Contains($"its gradient {wrong.dtype}[{string.Join(", ", wrong.shape)}]", message);
            }
        }

        Assert.Equal((0, 0), (lines.A, lines.B));
        weight.grad = fitting;
        lines.Backward(1);
        lines.Training.Step();
        Assert.Equal((-3, -3), (lines.A, lines.B));
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void A_backward_with_create_graph_past_the_training_adds_once(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        lines.Backward(2);
        lines.Loss(4).backward(create_graph: true);
        Assert.Equal([6f, 6f], lines.Training.Gradients().Select(static named => named.gradient.item<float>()));
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void Nothing_is_left_after_the_optimizer_cleared_between_backwards(Dtype compute, Dtype parameters, bool fused)
    {
        if (!fused)
        {
            // TorchSharp's sets gradients to 0 and leaves them there.
            return;
        }

        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        lines.Backward(float.NaN);
        lines.Training.Optimizer.zero_grad();
        using (var file = new MemoryStream())
        {
            lines.Training.Save(file);
        }

        lines.Backward(2);
        Assert.Null(lines.Training.FindNonFinite());
        lines.Training.Step();
        Assert.Equal((-2, -2), (lines.A, lines.B));
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void Gradients_are_float32_unscaled_and_can_be_changed(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        lines.Backward(2);
        lines.Backward(3);
        for (var i = 0; i < 3; i++)
        {
            var gradients = lines.Training.Gradients();
            Assert.Equal(["a.weight", "b.weight"], gradients.Select(static named => named.name));
            Assert.All(gradients, static named => Assert.Equal((ScalarType.Float32, 5f), (named.gradient.dtype, named.gradient.item<float>())));
        }

        lines.Training.Gradients()[0].gradient.zero_();

        // A further micro-batch is added to what was changed.
        lines.Backward(4);
        Assert.Equal(4, lines.Training.Gradients()[0].gradient.item<float>());
        Assert.Equal(9, lines.Training.Gradients()[1].gradient.item<float>());
        var step = lines.Training.Step();
        Assert.True(step.Applied);
        Assert.Equal(compute is Dtype.Float16 ? Lines.Scale : 1, step.LossScale);
        Assert.Equal((-4, -9), (lines.A, lines.B));
    }

    [Theory]
    [InlineData(Dtype.BFloat16, Dtype.BFloat16, true)]
    [InlineData(Dtype.BFloat16, Dtype.BFloat16, false)]
    [InlineData(Dtype.Float16, Dtype.Float16, true)]
    [InlineData(Dtype.Float16, Dtype.Float32, false)]
    [InlineData(Dtype.Float32, Dtype.Float32, true)]
    public void Copying_gradients_to_the_masters_loses_none(Dtype compute, Dtype parameters, bool fused)
    {
        foreach (var copies in new[] { 0, 1, 2 })
        {
            using var scope = NewDisposeScope();
            using var lines = new Lines(compute, parameters, fused);
            for (var step = 0; step < 3; step++)
            {
                for (var batch = 1; batch <= 3; batch++)
                {
                    lines.Backward(batch);
                    for (var copy = 0; copy < copies; copy++)
                    {
                        lines.Training.MasterWeights.CopyGradients(accumulate: copy > 0);
                    }
                }

                lines.Training.Step(maxGradNorm: 1e3);
            }

            Assert.Equal((-18, -18), (lines.A, lines.B));
        }
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void Clipping_by_hand_clips(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        lines.Backward(3);
        lines.Backward(1);
        nn.utils.clip_grad_norm_(lines.Model.parameters(), 1e-3);
        lines.Training.Step();
        Assert.Equal(1e-3, Math.Sqrt((lines.A * lines.A) + (lines.B * lines.B)), 1e-5);
        var before = lines.A;
        lines.Backward(3);
        nn.utils.clip_grad_value_(lines.Model.parameters(), 0.5);
        lines.Training.Step();
        Assert.Equal(before - 0.5, lines.A, 1e-6);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(null)]
    public void A_limit_of_0_is_no_clipping(double? limit)
    {
        using var lines = new Lines(Dtype.BFloat16, Dtype.BFloat16);
        lines.Backward(100);
        using var step = new Disposing(lines.Training.Step(limit));
        Assert.Null(step.Result.GradientNorm);
        Assert.Equal(-100, lines.A);
    }

    [Theory]
    [MemberData(nameof(Float32Storages))]
    public void An_unfrozen_parameter_trains_once_the_optimizer_has_it(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused, freezeB: true);
        lines.Backward();
        lines.Training.Step();
        lines.Model.B.weight!.requires_grad = true;
        var error = Assert.Throws<InvalidOperationException>(() => lines.Backward());
        Assert.Contains("'b.weight'", error.Message);
        Assert.Contains("add_param_group", error.Message);
        lines.Training.Optimizer.add_param_group(
            fused ? new FusedSGD.ParamGroup([lines.Model.B.weight!]) : new SGD.ParamGroup([lines.Model.B.weight!]) { Options = { LearningRate = 1 } });
        for (var i = 0; i < 3; i++)
        {
            lines.Backward();
            lines.Training.Step(maxGradNorm: 100);
        }

        Assert.Equal((-4, -3), (lines.A, lines.B));
        Assert.Equal(["a.weight", "b.weight"], lines.Training.MasterWeights.state_dict().Keys);

        // It is checked as the others are.
        lines.Training.Backward(lines.Loss() + lines.Model.B.weight!.sum() * tensor(float.NaN));
        Assert.False(lines.Training.Step().Applied);
        Assert.Equal((-4, -3), (lines.A, lines.B));
    }

    [Theory]
    [InlineData(Dtype.BFloat16, true)]
    [InlineData(Dtype.BFloat16, false)]
    [InlineData(Dtype.Float16, true)]
    public void An_unfrozen_16_bit_parameter_is_an_error_that_says_what_to_do(Dtype dtype, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(dtype, dtype, fused, freezeB: true);
        var weight = lines.Model.B.weight!;
        weight.requires_grad = true;
        Assert.Contains("float32 master", Assert.Throws<InvalidOperationException>(() => lines.Backward()).Message);
        weight.requires_grad = false;
        lines.Backward();
        lines.Training.Step();
        if (!fused)
        {
            weight.requires_grad = true;
            lines.Training.Optimizer.add_param_group(new SGD.ParamGroup([weight]));
            var error = Assert.Throws<InvalidOperationException>(() => lines.Backward());
            Assert.Contains("'b.weight'", error.Message);
            Assert.Contains("lr: 0", error.Message);
        }
    }

    [Fact]
    public void A_parameter_that_is_not_the_models_is_refused_when_it_is_added()
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(Dtype.BFloat16, Dtype.Float32);
        lines.Training.Optimizer.add_param_group(new FusedSGD.ParamGroup([new Parameter(ones(1))]));
        Assert.Contains("not one of the model's", Assert.Throws<InvalidOperationException>(() => lines.Backward()).Message);
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void A_frozen_parameter_rests_and_trains_on(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        lines.Backward();
        lines.Training.Step();
        lines.Model.B.weight!.requires_grad = false;
        lines.Backward();
        lines.Training.Step();
        Assert.Equal((-2, -1), (lines.A, lines.B));
        lines.Model.B.weight!.requires_grad = true;
        lines.Backward();
        lines.Training.Step();
        Assert.Equal((-3, -2), (lines.A, lines.B));
    }

    [Theory]
    [InlineData(Dtype.Float32, false)]
    [InlineData(Dtype.BFloat16, false)]
    [InlineData(Dtype.Float32, true)]
    [InlineData(Dtype.BFloat16, true)]
    public void A_parameter_that_is_registered_anew_is_noticed(Dtype parameters, bool disposeOld)
    {
        using var scope = NewDisposeScope();
        using var model = new Registering { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, parameters) };
        using var training = MixedPrecisionTraining.Create(model, named => new FusedSGD(named, lr: 1));
        training.Backward(model.call(ones(1)).sum());
        training.Step();
        model.Replace(disposeOld);
        var error = Assert.Throws<InvalidOperationException>(() => training.Backward(model.call(ones(1)).sum()));
        Assert.Contains(disposeOld ? "no longer exists" : "Build the whole model", error.Message);
        Assert.Contains("weight", error.Message);
    }

    [Fact]
    public void A_parameter_that_is_registered_later_is_noticed()
    {
        using var scope = NewDisposeScope();
        using var model = new Registering();
        using var training = MixedPrecisionTraining.Create(model, named => new FusedSGD(named, lr: 1));
        model.register_parameter("late", new Parameter(ones(1), requires_grad: false));
        training.Backward(model.call(ones(1)).sum());
        training.Step();
        model.register_parameter("later", new Parameter(ones(1)));
        var error = Assert.Throws<InvalidOperationException>(() => training.Backward(model.call(ones(1)).sum()));
        Assert.Contains("'later' was registered after", error.Message);
    }

    [Theory]
    [InlineData(Dtype.Float32)]
    [InlineData(Dtype.BFloat16)]
    public void A_second_training_of_a_model_waits_until_the_first_is_disposed(Dtype parameters)
    {
        using var lines = new Lines(Dtype.BFloat16, parameters);
        MixedPrecisionTraining Second() => MixedPrecisionTraining.Create(lines.Model, named => new FusedSGD(named));
        var error = Assert.Throws<InvalidOperationException>(Second);
        Assert.Contains("Dispose that one first", error.Message);
        lines.Backward();
        lines.Training.Step();
        lines.Training.Dispose();
        Second().Dispose();
        Second().Dispose();
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void An_optimizer_that_is_stepped_directly_is_noticed(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        lines.Backward();
        if (fused)
        {
            Assert.Contains("training.Step()", Assert.Throws<InvalidOperationException>(() => lines.Training.Optimizer.step()).Message);
            if (compute is Dtype.Float16)
            {
                lines.Training.Scaler.scale(ones(1));
                Assert.Throws<InvalidOperationException>(() => lines.Training.Scaler.step(lines.Training.Optimizer));
            }

            lines.Training.Step();
            Assert.Equal(-1, lines.A);
            return;
        }

        lines.Training.Optimizer.step();
        Assert.Contains("training.Step() alone", Assert.Throws<InvalidOperationException>(() => lines.Training.Step()).Message);
        lines.Backward();
        lines.Training.Optimizer.step();
        Assert.Contains("training.Step() alone", Assert.Throws<InvalidOperationException>(() => lines.Backward()).Message);
        var before = lines.A;
        lines.Training.zero_grad();
        lines.Backward();
        lines.Training.Step();
        Assert.Equal(before - 1, lines.A);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_scaler_that_is_called_past_the_training_is_noticed(bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(Dtype.Float16, Dtype.Float32, fused);
        lines.Backward();
        lines.Training.Scaler.scale(ones(1));
        lines.Training.Scaler.unscale_(lines.Training.Optimizer);
        Assert.Contains("Gradients()", Assert.Throws<InvalidOperationException>(() => lines.Training.Step()).Message);
        Assert.Equal(0, lines.A);
        lines.Backward();
        Assert.True(lines.Training.Step().Applied);
        Assert.Equal(-1, lines.A);
    }

    [Fact]
    public void A_scale_that_is_set_between_micro_batches_counts_from_the_next_step_on()
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(Dtype.Float16, Dtype.Float16);
        lines.Backward(1);
        lines.Training.Scaler.scale(ones(1));
        lines.Training.Scaler.update(8.0);
        lines.Backward(2);
        Assert.Equal(Lines.Scale, lines.Training.Step().LossScale);
        Assert.Equal(-3, lines.A);
        lines.Backward(1);
        Assert.Equal(8, lines.Training.Step().LossScale);
        Assert.Equal(-4, lines.A);
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void A_step_that_throws_leaves_the_training_usable(Dtype compute, Dtype parameters, bool wrapsOwn)
    {
        using var scope = NewDisposeScope();
        var fail = false;
        var model = new TwoLines { PrecisionPolicy = new PrecisionPolicy(compute, parameters) };
        using var training = MixedPrecisionTraining.Create(
            model,
            named => new Failing(named.Select(static n => n.parameter), () => fail, stepsFirst: wrapsOwn),
            new() { Scaler = new GradScaler(16, enabled: compute is Dtype.Float16) });
        void Backward() => training.Backward(model.call(ones(1, 1)).sum());
        fail = true;
        Backward();
        Assert.Throws<OutOfMemoryException>(() => training.Step());
        Assert.Equal(
            model.A.weight!.to(ScalarType.Float32).item<float>(), training.MasterWeights["a.weight"].item<float>());
        var before = training.MasterWeights["a.weight"].item<float>();
        fail = false;
        Backward();
        Assert.True(training.Step().Applied);
        Assert.Equal(before - 1, training.MasterWeights["a.weight"].item<float>());
        fail = true;
        Backward();
        Assert.Throws<OutOfMemoryException>(() => training.Step());
        Assert.Throws<InvalidOperationException>(() => training.Step());
        fail = false;
        training.zero_grad();
        before = training.MasterWeights["a.weight"].item<float>();
        Backward();
        Backward();
        training.Step();
        Assert.Equal(before - 2, training.MasterWeights["a.weight"].item<float>());
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void Inference_mode_is_refused_and_does_no_harm(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        var loss = lines.Loss();
        using (inference_mode())
        {
            Assert.Contains("inference_mode()", Assert.Throws<InvalidOperationException>(() => lines.Training.Backward(loss)).Message);
        }

        lines.Training.Backward(loss);
        using (inference_mode())
        {
            Assert.Contains("inference_mode()", Assert.Throws<InvalidOperationException>(() => lines.Training.Gradients()).Message);
            Assert.Contains("inference_mode()", Assert.Throws<InvalidOperationException>(() => lines.Training.Step()).Message);
        }

        lines.Training.Step(maxGradNorm: 100);
        Assert.Equal(-1, lines.A);
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void A_backward_under_no_grad_works_if_the_loss_has_a_graph(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        var loss = lines.Loss();
        using (no_grad())
        {
            Assert.Contains("no_grad() is on now", Assert.Throws<ArgumentException>(() => lines.Backward()).Message);
            lines.Training.Backward(loss);
            lines.Training.Step();
        }

        Assert.Equal(-1, lines.A);
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void Two_losses_of_one_forward_add_up(Dtype compute, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused);
        var y = lines.Model.call(ones(2, 1));
        lines.Training.Backward(y[0, 0], retainGraph: true);
        lines.Training.Backward(y[1, 0], retainGraph: true);
        lines.Training.Backward(y.sum());
        lines.Training.Step();
        Assert.Equal((-4, -4), (lines.A, lines.B));
        Assert.Contains("retainGraph: true", Assert.Throws<InvalidOperationException>(() => lines.Training.Backward(y.sum())).Message);
    }

    [Theory]
    [InlineData(true, Dtype.Float32)]
    [InlineData(false, Dtype.Float32)]
    [InlineData(true, Dtype.BFloat16)]
    [InlineData(false, Dtype.BFloat16)]
    public void Sparse_gradients_train_as_dense_ones(bool fused, Dtype parameters)
    {
        using var scope = NewDisposeScope();
        var expected = Trained(sparse: false);
        var actual = Trained(sparse: true);
        Assert.True(expected.allclose(actual), $"{expected.ToString(TorchSharp.TensorStringStyle.Julia)} {actual.ToString(TorchSharp.TensorStringStyle.Julia)}");

        Tensor Trained(bool sparse)
        {
            using var model = new Words(sparse) { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, parameters) };
            using var training = MixedPrecisionTraining.Create(model, named => Lines.Sgd(named, fused));
            for (var step = 0; step < 3; step++)
            {
                training.Backward(model.call(tensor([1L, 1, 2])).sum());
                training.Backward(model.call(tensor([2L, 5])).sum());
                Assert.Equal(4, Assert.Single(training.Gradients()).gradient.shape[^1]);
                var result = training.Step(maxGradNorm: step == 1 ? 0.5 : 100);
                Assert.True(result.Applied);
                Assert.Equal(Math.Sqrt(4 * (4 + 4 + 1)), result.GradientNorm!.Value, 1e-3);
            }

            training.Backward(model.call(tensor([0L])).sum() * tensor(float.PositiveInfinity));
            Assert.False(training.Step().Applied);
            Assert.Equal(NonFiniteKind.Loss, training.FindNonFinite()!.Kind);
            return training.MasterWeights["words.weight"].detach().clone();
        }
    }

    [Theory]
    [InlineData(Dtype.Float32, true)]
    [InlineData(Dtype.BFloat16, true)]
    [InlineData(Dtype.BFloat16, false)]
    public void An_embedding_whose_forward_writes_it_trains_in_float32(Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var model = new Normalising { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, parameters) };
        using var training = MixedPrecisionTraining.Create(model, named => Lines.Sgd(named, fused));
        var stored = training.MasterWeights.Storage.Single(static stored => stored.Name == "words.weight");
        Assert.Equal((ScalarType.Float32, false), (stored.Dtype, stored.HasMaster));
        Assert.Contains("max_norm", stored.Reason);
        for (var step = 0; step < 3; step++)
        {
            training.Backward(model.call(tensor([1L, 2])).sum());
            training.Backward(model.call(tensor([2L, 3])).sum());
            Assert.True(training.Step().Applied);
        }

        using var _ = no_grad();
        model.call(tensor([1L, 2, 3]));
        Assert.All(Enumerable.Range(1, 3), row => Assert.InRange(model.Words.weight![row].norm().item<float>(), 0.5, 1.001));
    }

    [Fact]
    public void An_embedding_whose_forward_writes_it_is_refused_in_true_16_bit()
    {
        using var model = new Normalising { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) };
        var error = Assert.Throws<InvalidOperationException>(() => MixedPrecisionTraining.Create(model, named => new FusedAdamW(named)));
        Assert.Contains("'words.weight'", error.Message);
        Assert.Contains("[FullPrecision]", error.Message);
        Assert.Equal(ScalarType.Float32, model.Words.weight!.dtype);
    }

    [Fact]
    public void Complex_parameters_are_checked_and_clipped()
    {
        using var scope = NewDisposeScope();
        using var model = new Waves();
        using var training = MixedPrecisionTraining.Create(model, named => Lines.Sgd(named, fused: false));
        training.Backward(model.call(ones(1)));
        Assert.Equal(5, Norm(Assert.Single(training.Gradients()).gradient), 1e-5);
        Assert.Equal(5, training.Step(maxGradNorm: 1).GradientNorm!.Value, 1e-5);
        Assert.Equal(1, Norm(model.Wave.detach()), 1e-5);
        training.Backward(model.call(full(1, float.NaN)));
        Assert.False(training.Step().Applied);
        Assert.Contains("wave", Assert.Throws<ArgumentException>(() => new FusedAdamW([("wave", model.Wave)])).Message);

        static double Norm(Tensor tensor) => Math.Sqrt(tensor.view_as_real().square().sum().item<float>());
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void A_norm_beyond_float32_skips_the_step_and_says_so(Dtype compute, Dtype parameters, bool fused)
    {
        if (compute is Dtype.Float16)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var lines = new Lines(compute, parameters, fused, options: new() { MaxSkippedInARow = 2 });
        lines.Backward(3e38f);
        var step = lines.Training.Step(maxGradNorm: 1);
        Assert.Equal((false, StepOutcome.InfiniteNorm, double.PositiveInfinity), (step.Applied, step.Outcome, step.GradientNorm!.Value));
        Assert.Equal(0, lines.A);
        lines.Backward(3e38f);
        Assert.Contains("norm", Assert.Throws<NonFiniteGradientException>(() => lines.Training.Step(maxGradNorm: 1)).Message);
        lines.Backward(0);
        lines.Training.Step();
        lines.Backward(float.NaN);
        Assert.Equal(StepOutcome.NonFiniteGradient, lines.Training.Step().Outcome);
        lines.Backward(1);
        Assert.Equal(StepOutcome.Applied, lines.Training.Step(maxGradNorm: 100).Outcome);
    }

    [Fact]
    public void A_reduction_sees_the_gradients_before_they_are_checked_and_clipped()
    {
        using var scope = NewDisposeScope();
        var reduction = new Doubling();
        using var lines = new Lines(Dtype.BFloat16, Dtype.BFloat16, options: new() { Parallelism = reduction });
        lines.Backward(1);
        lines.Backward(2);
        Assert.Equal(6 * Math.Sqrt(2), lines.Training.Step(maxGradNorm: 100).GradientNorm!.Value, 1e-3);
        Assert.Equal((-6, -6, 1), (lines.A, lines.B, reduction.Calls));
    }

    [Fact]
    public void Cleared_gradients_are_not_stepped()
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(Dtype.BFloat16, Dtype.BFloat16);
        foreach (var clear in new Action[] { () => lines.Model.zero_grad(), () => lines.Training.Optimizer.zero_grad(), () => lines.Training.zero_grad() })
        {
            lines.Backward(7);
            clear();
            Assert.Throws<InvalidOperationException>(() => lines.Training.Step());
            lines.Backward(1);
            lines.Training.Step();
        }

        Assert.Equal(-3, lines.A);
    }

    private readonly record struct Disposing(StepResult Result) : IDisposable
    {
        public void Dispose()
        {
        }
    }

    /// <summary>An optimizer that runs out of memory, before or after it has stepped.</summary>
    private sealed class Failing(IEnumerable<Parameter> parameters, Func<bool> fail, bool stepsFirst) : SGD(parameters, 1)
    {
        public override Tensor step(Func<Tensor>? closure = null)
        {
            if (fail() && !stepsFirst)
            {
                throw new OutOfMemoryException();
            }

            var result = base.step(closure!);
            return fail() ? throw new OutOfMemoryException() : result;
        }
    }

    private sealed class Doubling : TrainingParallelism, IGradientReduction
    {
        public int Calls { get; private set; }

        public bool InFloat32 => false;

        public bool IsSharded => false;

        public bool HasGradients => true;

        public void BeginBackward(GradientOwner gradients, bool isFirst)
        {
        }

        public void EndBackward(GradientOwner gradients)
        {
        }

        public void AbandonBackward(string reason)
        {
        }

        public void Reduce(GradientOwner gradients)
        {
            Calls++;
            foreach (var (_, gradient) in gradients.Pending())
            {
                gradient.add_(gradient);
            }
        }

        public void Free()
        {
        }

        public void Dispose()
        {
        }

        public (Tensor FoundInf, Tensor? Norm) Agree(Tensor foundInf, Tensor? norm) => (foundInf, norm);

        public void Share()
        {
        }

        internal override void Synchronize(nn.Module module)
        {
        }

        internal override IReadOnlySet<string>? ShardOf(IReadOnlyList<(string Name, Parameter Parameter)> trainable) => null;

        internal override ICheckpointRanks? CreateCheckpointRanks(global::Precision.MasterWeights masters) => null;

        internal override IGradientReduction CreateReduction(global::Precision.MasterWeights masters) => this;
    }
}

/// <summary>An embedding alone.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Words : Module<Tensor, Tensor>
{
    private readonly Embedding words;

    public Words(bool sparse)
        : base(nameof(Words))
    {
        words = Embedding(8, 4, sparse: sparse);
        init.zeros_(words.weight!);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor ids) => words.call(ids);
}

/// <summary>An embedding with max_norm, whose forward writes its weight, and a layer.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Normalising : Module<Tensor, Tensor>
{
    private readonly Embedding words = Embedding(8, 4, max_norm: 1.0);
    private readonly Linear layer = Linear(4, 2);

    public Normalising()
        : base(nameof(Normalising)) => RegisterComponents();

    public Embedding Words => words;

    private Tensor ForwardCore(Tensor ids) => layer.call(words.call(ids));
}

/// <summary>A complex parameter whose gradient is 3 + 4i.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Waves : Module<Tensor, Tensor>
{
    private readonly Parameter wave = new(zeros(1, dtype: ScalarType.ComplexFloat32));

    public Waves()
        : base(nameof(Waves)) => RegisterComponents();

    public Parameter Wave => wave;

    private Tensor ForwardCore(Tensor x)
    {
        var parts = wave.view_as_real();
        return (parts * tensor([3f, 4f]) * x).sum();
    }
}

/// <summary>A parameter that can be registered another time.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Registering : Module<Tensor, Tensor>
{
    private readonly ParameterList weights = new(new Parameter(ones(1)));

    public Registering()
        : base(nameof(Registering)) => RegisterComponents();

    public void Replace(bool disposeOld)
    {
        var old = weights[0];
        weights[0] = new Parameter(ones(1));
        if (disposeOld)
        {
            old.Dispose();
        }
    }

    private Tensor ForwardCore(Tensor x) => weights[0] * x;
}
