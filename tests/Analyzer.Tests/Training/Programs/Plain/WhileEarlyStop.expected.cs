using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var model = new Net();
        using MixedPrecisionTraining training = MixedPrecisionTraining.Create(model, named => optim.AdamW(
            named,
            lr: 0.01));
        var step = 0;
        while (true)
        {
            var batch = batches[step++ % batches.Count];
            var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
            if (step % 9 == 0)
            {
                continue;
            }

            training.Backward(loss);
            training.Step();
            if (Data.Record(loss) < 0.01f || step > 100)
            {
                break;
            }
        }
    }
}
