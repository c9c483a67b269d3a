using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var model = new Net();
        var optimizer = optim.RMSProp(model.parameters(), 0.003);
        for (var i = 0; i < 120; i++)
        {
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.call(batches[i % 8].Input), batches[i % 8].Target);
            loss.backward();
            nn.utils.clip_grad_value_(model.parameters(), 0.5);
            optimizer.step();
            Data.Record(loss);
        }
    }
}
