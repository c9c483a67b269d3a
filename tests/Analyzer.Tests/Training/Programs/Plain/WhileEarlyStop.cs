using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var model = new Net();
        optim.Optimizer optimizer = optim.AdamW(
            model.parameters(),
            lr: 0.01);
        var step = 0;
        while (true)
        {
            var batch = batches[step++ % batches.Count];
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
            if (step % 9 == 0)
            {
                continue;
            }

            loss.backward();
            optimizer.step();
            if (Data.Record(loss) < 0.01f || step > 100)
            {
                break;
            }
        }
    }
}
