using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Optim;

/// <summary>What all fused optimizers share: TorchSharp's surroundings, states, misuse.</summary>
public sealed class FusedOptimizerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public static TheoryData<string> Kinds => ["AdamW", "Adam AMSGrad", "SGD momentum", "SGD"];

    public void Dispose() => scope.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_loaded_state_continues_exactly(string kind)
    {
        foreach (var throughFile in (bool[])[false, true])
        {
            var (first, second) = (new OptimizerFixture(), new OptimizerFixture());
            using var original = Make(kind, first.Parameters);
            using var resumed = Make(kind, second.Parameters, lr: 0.7);
            Run(original, first, seed: 1, steps: 4);
            CopyWeights(first, second);
            if (throughFile)
            {
                var file = Path.GetTempFileName();
                original.save_state_dict(file);
                resumed.load_state_dict(file);
                File.Delete(file);
            }
            else
            {
                resumed.load_state_dict(original.state_dict());
            }

            Run(original, first, seed: 2, steps: 4);
            Run(resumed, second, seed: 2, steps: 4);
            for (var i = 0; i < first.Parameters.Count; i++)
            {
                Assert.True(first.Parameters[i].Equals(second.Parameters[i]));
            }
        }
    }

    [Fact]
    public void A_state_that_does_not_fit_changes_nothing()
    {
        var parameters = new[] { nn.Parameter(ones(3)), nn.Parameter(ones(4)) };
        var others = new[] { nn.Parameter(ones(3)), nn.Parameter(ones(5)) };
        using var optimizer = new FusedAdam(parameters);
        using var other = new FusedAdam(others);
        others[0].grad = ones(3);
        other.step();

        Assert.Contains("state 1", Assert.Throws<ArgumentException>(() => optimizer.load_state_dict(other.state_dict())).Message);
        Assert.Equal(0, ((FusedAdam.State)optimizer.state_dict().State[0]).step.item<float>());
        using var sgd = new FusedSGD(others, momentum: 0.9);
        Assert.Throws<ArgumentException>(() => optimizer.load_state_dict(sgd.state_dict()));
        Assert.Throws<ArgumentException>(() => sgd.load_state_dict(optimizer.state_dict()));
    }

    [Fact]
    public void Learning_rate_schedulers_drive_the_groups()
    {
        var parameter = nn.Parameter(zeros(1));
        using var optimizer = new FusedSGD([parameter], lr: 1);
        var scheduler = optim.lr_scheduler.StepLR(optimizer, step_size: 1, gamma: 0.5);
        for (var i = 0; i < 3; i++)
        {
            parameter.grad = ones(1);
            optimizer.step();
            scheduler.step();
        }

        Assert.Equal(-1.75, parameter.item<float>(), 1e-6);
    }

    [Fact]
    public void OneCycleLR_moves_betas_and_momentum()
    {
        using var adamw = new FusedAdamW([nn.Parameter(zeros(1))], beta1: 0.5);
        var scheduler = optim.lr_scheduler.OneCycleLR(adamw, max_lr: 0.1, total_steps: 10);
        var betas = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            betas.Add(((FusedAdam.ParamGroup)adamw.ParamGroups.Single()).Betas.Item1);
            scheduler.step();
        }

        Assert.Equal(0.95, betas.Max(), 1e-6);
        Assert.True(betas.Min() < 0.9);

        using var sgd = new FusedSGD([nn.Parameter(zeros(1))], momentum: 0.5);
        _ = optim.lr_scheduler.OneCycleLR(sgd, max_lr: 0.1, total_steps: 10);
        Assert.Equal(0.95, ((FusedSGD.ParamGroup)sgd.ParamGroups.Single()).Momentum, 1e-6);
    }

    [Fact]
    public void CyclicLR_moves_momentum()
    {
        using var sgd = new FusedSGD([nn.Parameter(zeros(1))], momentum: 0.5);
        var scheduler = optim.lr_scheduler.CyclicLR(sgd, 0.1, 1, step_size_up: 2);
        scheduler.step();
        Assert.NotEqual(0.5, ((FusedSGD.ParamGroup)sgd.ParamGroups.Single()).Momentum);

        using var adamw = new FusedAdamW([nn.Parameter(zeros(1))]);
        optim.lr_scheduler.CyclicLR(adamw, 0.1, 1, step_size_up: 2, cycle_momentum: false).step();
        Assert.Equal(0.55, adamw.ParamGroups.Single().LearningRate, 1e-6);
        Assert.Contains("cycle_momentum", Assert.Throws<ArgumentException>(() => optim.lr_scheduler.CyclicLR(adamw, 0.1, 1)).Message);
    }

    [Fact]
    public void Named_parameters_name_the_stale_one_after_a_dtype_conversion()
    {
        var model = nn.Linear(3, 2);
        using var optimizer = new FusedAdamW(model.named_parameters());
        model.to(float64);

        foreach (var action in (Action[])[() => optimizer.step(), optimizer.zero_grad, () => optimizer.state_dict()])
        {
            var error = Assert.Throws<InvalidOperationException>(action);
            Assert.Contains("'weight'", error.Message);
            Assert.Contains("make the optimizer", error.Message);
        }
    }

    [Fact]
    public void A_lazy_query_is_read_once()
    {
        var reads = 0;
        var parameter = nn.Parameter(ones(1));
        IEnumerable<Parameter> Query()
        {
            reads++;
            yield return parameter;
        }

        using var optimizer = new FusedAdam(Query());
        parameter.grad = ones(1);
        optimizer.step();
        optimizer.zero_grad();
        Assert.Equal(1, reads);
    }

    [Fact]
    public void A_disposed_optimizer_says_so()
    {
        var optimizer = new FusedAdam([nn.Parameter(ones(3))]);
        optimizer.Dispose();
        optimizer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => optimizer.step());
        Assert.Throws<ObjectDisposedException>(optimizer.zero_grad);
        Assert.Throws<ObjectDisposedException>(() => optimizer.state_dict());
        Assert.Throws<ObjectDisposedException>(() => optimizer.add_param_group(new FusedAdam.ParamGroup([nn.Parameter(ones(3))])));
    }

    [Fact]
    public void Parameters_that_cannot_be_optimized_are_refused()
    {
        var good = nn.Parameter(ones(3));
        var disposed = nn.Parameter(ones(3));
        disposed.Dispose();
        var sliced = nn.Parameter(ones(6, 6).slice(1, 0, 6, 2));
        var integer = nn.Parameter(ones(3, dtype: int64), requires_grad: false);
        Assert.Contains("empty", Assert.Throws<ArgumentException>(() => new FusedAdam(Array.Empty<Parameter>())).Message);
        Assert.Contains("empty", Assert.Throws<ArgumentException>(() => new FusedSGD([NoParameters()])).Message);
        Assert.Contains("'b' is disposed", Assert.Throws<ArgumentException>(() => new FusedAdam([("a", good), ("b", disposed)])).Message);
        Assert.Contains("null", Assert.Throws<ArgumentException>(() => new FusedAdam([good, null!])).Message);
        Assert.Contains("gaps", Assert.Throws<ArgumentException>(() => new FusedAdam([sliced])).Message);
        Assert.Contains("floating", Assert.Throws<ArgumentException>(() => new FusedAdam([integer])).Message);
        Assert.Contains("another group", Assert.Throws<ArgumentException>(
            () => new FusedAdam([new FusedAdam.ParamGroup([good]), new FusedAdam.ParamGroup([good])])).Message);

        static FusedSGD.ParamGroup NoParameters() => new(Array.Empty<Parameter>());
    }

    [Fact]
    public void One_of_several_groups_may_be_empty()
    {
        var (alone, beside) = (nn.Parameter(ones(3)), nn.Parameter(ones(3)));
        using var one = new FusedAdam([alone], lr: 0.1);
        using var two = new FusedAdam([new FusedAdam.ParamGroup(Array.Empty<Parameter>()), new FusedAdam.ParamGroup([beside])], lr: 0.1);
        foreach (var (parameter, optimizer) in new (Parameter, FusedAdam)[] { (alone, one), (beside, two) })
        {
            parameter.sum().backward();
            optimizer.step();
            optimizer.zero_grad();
        }

        Assert.Equal(2, two.ParamGroups.Count());
        Assert.True(alone.Equals(beside));
        Assert.False(beside.Equals(ones(3)));
        two.load_state_dict(two.state_dict());
    }

    [Fact]
    public void A_parameter_listed_twice_is_updated_once()
    {
        var parameter = nn.Parameter(zeros(1));
        using var optimizer = new FusedSGD([parameter, parameter], lr: 1);
        parameter.grad = ones(1);
        optimizer.step();
        Assert.Equal(-1, parameter.item<float>());
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        var parameter = nn.Parameter(ones(3));
        Assert.Contains("lr", Assert.Throws<ArgumentException>(() => new FusedAdam([parameter], lr: -1)).Message);
        Assert.Contains("beta1", Assert.Throws<ArgumentException>(() => new FusedAdam([parameter], beta1: 1)).Message);
        Assert.Contains("beta2", Assert.Throws<ArgumentException>(() => new FusedAdam([parameter], beta2: double.NaN)).Message);
        Assert.Contains("eps", Assert.Throws<ArgumentException>(() => new FusedAdam([parameter], eps: -1)).Message);
        Assert.Contains("weight_decay", Assert.Throws<ArgumentException>(() => new FusedAdamW([parameter], weight_decay: -1)).Message);
        Assert.Contains("momentum", Assert.Throws<ArgumentException>(() => new FusedSGD([parameter], momentum: -1)).Message);
    }

    [Fact]
    public void Groups_of_another_optimizer_are_refused()
    {
        using var optimizer = new FusedAdamW([nn.Parameter(ones(3))]);
        Assert.Contains("FusedAdamW.ParamGroup", Assert.Throws<ArgumentException>(
            () => optimizer.add_param_group(new AdamW.ParamGroup([nn.Parameter(ones(3))]))).Message);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_that_do_not_fit_are_refused_and_change_nothing(string kind)
    {
        var (first, parameter) = (nn.Parameter(ones(3)), nn.Parameter(ones(3)));
        using var optimizer = Make(kind, [first, parameter]);
        first.grad = ones(3);
        (Tensor Gradient, string Description)[] wrong =
        [
            (ones(3, dtype: float64), "is Float32[3] on cpu, and its gradient Float64[3] on cpu"),
            (ones(4), "is Float32[3] on cpu, and its gradient Float32[4] on cpu"),
            (ones(1), "is Float32[3] on cpu, and its gradient Float32[1] on cpu"),
            (ones(3).to_sparse(), "has a sparse gradient"),
        ];
        foreach (var (gradient, description) in wrong)
        {
            parameter.grad = gradient;
            Assert.Contains("Parameter 1 " + description, Assert.Throws<ArgumentException>(() => optimizer.step()).Message);
        }

        Assert.Equal(6, (parameter + first).sum().item<float>());
        if (optimizer.state_dict().State[0] is FusedAdam.State state)
        {
            Assert.Equal(0, state.step.item<float>());
        }
    }

    [Fact]
    public void A_gradient_that_does_not_fit_keeps_all_groups_from_stepping_and_is_named()
    {
        var (first, second) = (nn.Parameter(ones(3)), nn.Parameter(ones(2, 2)));
        using var optimizer = new FusedAdamW([("first", first)], lr: 1);
        optimizer.add_param_group(new FusedAdam.ParamGroup([("second", second)]));
        (first.grad, second.grad) = (ones(3), ones(4));
        Assert.Contains("Parameter 'second' is Float32[2, 2] on cpu, and its gradient Float32[4]", Assert.Throws<ArgumentException>(() => optimizer.step()).Message);
        Assert.Equal(3, first.sum().item<float>());
    }

    [Fact]
    public void Scaling_tensors_that_do_not_fit_are_refused()
    {
        var parameter = nn.Parameter(ones(3));
        parameter.grad = ones(3);
        using var optimizer = new FusedAdam([parameter]);
        optimizer.found_inf = zeros(2);
        Assert.Contains("foundInf", Assert.Throws<ArgumentException>(() => optimizer.step()).Message);
        optimizer.found_inf = null;
        optimizer.grad_scale = tensor(1.0);
        Assert.Contains("gradScale", Assert.Throws<ArgumentException>(() => optimizer.step()).Message);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Fused_SGD_refuses_16_bit_on_a_CPU_which_libtorch_would_leave_unchanged(ScalarType dtype)
        => Assert.Contains("master", Assert.Throws<NotSupportedException>(() => new FusedSGD([nn.Parameter(ones(64, dtype: dtype))])).Message);

    [Fact]
    public void States_stay_beside_their_parameters()
    {
        using var optimizer = new FusedAdam([nn.Parameter(ones(3))]);
        optimizer.to(CPU);
        Assert.Throws<InvalidOperationException>(() => optimizer.to(META));
    }

    [Fact]
    public void No_parameter_with_a_gradient_is_no_step()
    {
        var parameter = nn.Parameter(ones(3));
        using var optimizer = new FusedAdamW([parameter]);
        optimizer.step();
        Assert.Equal(3, parameter.sum().item<float>());
    }

    private static FusedOptimizer Make(string kind, IReadOnlyList<Parameter> parameters, double lr = 0.02) => kind switch
    {
        "AdamW" => new FusedAdamW(parameters, lr),
        "Adam AMSGrad" => new FusedAdam(parameters, lr, amsgrad: true),
        "SGD momentum" => new FusedSGD(parameters, lr, momentum: 0.9, dampening: 0.2),
        _ => new FusedSGD(parameters, lr),
    };

    private static void Run(FusedOptimizer optimizer, OptimizerFixture fixture, int seed, int steps)
    {
        using var generator = new Generator((ulong)seed, CPU);
        for (var step = 0; step < steps; step++)
        {
            for (var i = 0; i < fixture.Parameters.Count; i++)
            {
                // The last parameter gets its first gradient late, so that saved states differ from each other.
                fixture.Parameters[i].grad = i == 4 && step < 2 ? null : randn(fixture.Parameters[i].shape, generator: generator);
            }

            optimizer.step();
        }
    }

    private static void CopyWeights(OptimizerFixture from, OptimizerFixture to)
    {
        using var _ = no_grad();
        for (var i = 0; i < from.Parameters.Count; i++)
        {
            to.Parameters[i].copy_(from.Parameters[i]);
        }
    }
}
