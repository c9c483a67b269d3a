using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var model = new Net();
        using var optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum: 0.9);

        for (int i = 0; i < 80; i++)
        {
            var batch = batches[i % batches.Count];
            model.zero_grad();

            var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
            loss.backward();
            optimizer.step();
            Data.Record(loss);
        }
    }
}
