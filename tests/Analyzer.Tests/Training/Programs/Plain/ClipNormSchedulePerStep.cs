using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var model = new Net();
        var optimizer = optim.Adam(model.parameters(), lr: 0.02);
        var scheduler = optim.lr_scheduler.StepLR(optimizer, 20, 0.9);
        for (var i = 0; i < 80; i++)
        {
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.call(batches[i % 8].Input), batches[i % 8].Target);
            loss.backward();
            // keeps early steps small
            nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            optimizer.step();
            scheduler.step();
            Data.Record(loss);
        }
    }
}
