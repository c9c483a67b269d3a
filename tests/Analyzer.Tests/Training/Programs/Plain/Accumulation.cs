using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var model = new Net();
        var optimizer = optim.Adam(model.parameters(), lr: 0.03);
        optimizer.zero_grad();
        for (var i = 0; i < 160; i++)
        {
            var loss = nn.functional.mse_loss(model.call(batches[i % 8].Input), batches[i % 8].Target);
            (loss / 4).backward();
            if ((i + 1) % 4 == 0)
            {
                optimizer.step();
                optimizer.zero_grad();
            }

            Data.Record(loss);
        }
    }
}
