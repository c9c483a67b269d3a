using Precision.Runtime.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Scaling;

/// <summary>Whoever replaces a model's parameters under an optimizer is told so, before anything is changed.</summary>
public sealed class ReplacedParameterTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [MemberData(nameof(DisposedPartsTests.Names), MemberType = typeof(DisposedPartsTests))]
    public void After_unscale(string name)
    {
        var model = nn.Linear(2, 2);
        using var scaler = new GradScaler(64);

        // A lazy query: the optimizer meets the new parameters.
        using var optimizer = DisposedPartsTests.Make(name, model.parameters());
        scaler.scale(model.call(ones(1, 2)).sum()).backward();
        scaler.unscale_(optimizer);
        model.to(float64);
        var before = model.weight!.clone();
        foreach (var use in new Action[] { () => scaler.step(optimizer), () => scaler.step(optimizer), () => scaler.unscale_(optimizer) })
        {
            var message = Assert.Throws<InvalidOperationException>(use).Message;
            Assert.Contains("arameter", message);
            Assert.Contains(optimizer.GetType().Name, message);
            Assert.Contains("model.to(dtype or device)", message);
            Assert.Contains("make the optimizer", message);
        }

        Assert.True(before.Equals(model.weight));
        Assert.Equal(64, scaler.get_scale());
    }

    [Fact]
    public void A_disabled_scaler_tells_too()
    {
        var model = nn.Linear(2, 2);
        using var scaler = new GradScaler(enabled: false);
        using var optimizer = optim.AdamW(model.parameters());
        model.call(ones(1, 2)).sum().backward();
        model.to(float64);
        Assert.Contains("make the optimizer", Assert.Throws<InvalidOperationException>(() => scaler.step(optimizer)).Message);
    }
}
