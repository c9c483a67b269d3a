using Precision.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.CompilerServices;

/// <summary>Hooks run around an intercepted <c>call</c> as around TorchSharp's, and not around <c>forward</c>.</summary>
public sealed class ForwardHookTests
{
    public static TheoryData<string> Modules() => ["Linear", "Softmax", "LogSoftmax", "Softmin", "Softmax2d", "ReLU"];

    [Theory]
    [MemberData(nameof(Modules))]
    public void Hooks_run_in_TorchSharps_order_and_change_what_they_change(string kind)
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        using var module = Create(kind);
        var x = rand(2, 4, 4, 4);
        Func<Tensor, Tensor> original = module.call; // a delegate: this project's calls are intercepted
        var expected = Recorded(module, () => original(x));
        var actual = Recorded(module, () => ModuleCalls.Call(module, x, Float32Devices.None));
        Assert.Equal(["module pre", "pre", "post", "module post"], actual.Events);
        Assert.Equal(expected.Events, actual.Events);
        Assert.True(expected.Result.to(ScalarType.Float32).allclose(actual.Result.to(ScalarType.Float32), rtol: 1e-2, atol: 1e-2));
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Forward_runs_no_hooks(string kind)
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        using var module = Create(kind);
        var x = rand(2, 4, 4, 4);
        Assert.Empty(Recorded(module, () => ModuleCalls.Forward(module, x, Float32Devices.None)).Events);
    }

    [Fact]
    public void After_a_throwing_forward_no_post_hook_runs()
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        using var module = Linear(4, 4);
        var events = new List<string>();
        Record(module, events);
        Assert.ThrowsAny<Exception>(() => ModuleCalls.Call(module, rand(2, 3), Float32Devices.None));
        Assert.Equal(["module pre", "pre"], events);
    }

    [Fact]
    public void A_removed_hook_is_gone()
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        using var module = Linear(4, 4);
        var calls = 0;
        var hook = module.register_forward_hook(_ => calls++);
        ModuleCalls.Call(module, rand(2, 4), Float32Devices.None);
        hook.remove();
        ModuleCalls.Call(module, rand(2, 4), Float32Devices.None);
        Assert.Equal(1, calls);
    }

    private static Module<Tensor, Tensor> Create(string kind) => kind switch
    {
        "Linear" => Linear(4, 4),
        "Softmax" => Softmax(1),
        "LogSoftmax" => LogSoftmax(1),
        "Softmin" => Softmin(1),
        "Softmax2d" => Softmax2d(),
        _ => ReLU(),
    };

    private static (List<string> Events, Tensor Result) Recorded(Module<Tensor, Tensor> module, Func<Tensor> call)
    {
        var events = new List<string>();
        var remove = Record(module, events);
        var result = call();
        remove();
        return (events, result);
    }

    /// <summary>One hook of each kind; those that can change what passes do.</summary>
    private static Action Record(Module<Tensor, Tensor> module, List<string> events)
    {
        var removers = new[]
        {
            module.register_forward_hook((_, input, output) =>
            {
                events.Add("post");
                return output * 2 + input.sum();
            }),
            module.register_forward_hook(_ => events.Add("module post")),
            module.register_forward_pre_hook((_, input) =>
            {
                events.Add("pre");
                return input + 1;
            }),
            module.register_forward_pre_hook(_ => events.Add("module pre")),
        };
        return () => Array.ForEach(removers, remover => remover.remove());
    }
}
