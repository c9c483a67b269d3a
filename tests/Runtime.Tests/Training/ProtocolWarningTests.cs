using Precision.Optim;
using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Training;

/// <summary>What may be meant is told on the error output, once, in the analyzers' words.</summary>
[Collection(SerialTests.Name)]
public class ProtocolWarningTests
{
    [Fact]
    public void A_scaler_that_the_model_does_not_need()
        => Told("PRC2004: 'GradScaler' scales the loss of a BFloat16 model", static () => Train(Dtype.BFloat16, new GradScaler()));

    [Fact]
    public void No_scaler_where_the_model_needs_one()
        => Told("PRC2003: The gradients of a Float16 model reach", static () => Train(Dtype.Float16, new GradScaler(enabled: false)));

    [Fact]
    public void An_optimizer_over_16_bit_parameters() => Told("PRC2001: The parameters of 'FusedAdamW' are BFloat16 here", static () =>
    {
        using var layer = Linear(2, 2, dtype: bfloat16);
        using var optimizer = new FusedAdamW(layer.parameters());
    });

    [Fact]
    public void A_backward_in_a_region() => Told("PRC3002: 'MixedPrecisionTraining.Backward' runs inside the autocast region", static () =>
    {
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        Train(Dtype.BFloat16, scaler: null);
    });

    [Theory]
    [InlineData(Dtype.BFloat16, false)]
    [InlineData(Dtype.Float16, true)]
    public void Nothing_is_told_of_a_scaler_that_fits(Dtype compute, bool enabled)
        => Assert.Empty(Heard(() => Train(compute, new GradScaler(enabled: enabled))));

    private static void Told(string warning, Action action)
    {
        var heard = Heard(() =>
        {
            action();
            action();
        });
        Assert.StartsWith($"Precision: warning {warning}", Assert.Single(heard), StringComparison.Ordinal);
    }

    private static string[] Heard(Action action)
    {
        using var scope = NewDisposeScope();
        var (before, writer) = (Console.Error, new StringWriter());
        ProtocolFault.Reset();
        Console.SetError(writer);
        try
        {
            action();
        }
        finally
        {
            Console.SetError(before);
        }

        return writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Train(Dtype compute, GradScaler? scaler)
    {
        using var model = new Wrapper(Linear(4, 3));
        model.PrecisionPolicy = new PrecisionPolicy(compute);
        using var training = MixedPrecisionTraining.Create(
            model, static named => new FusedAdamW(named), new MixedPrecisionTrainingOptions { Scaler = scaler });
        training.Backward(model.call(rand(2, 4)).mean());
        training.Step();
    }
}
