using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var model = new Net();
        var optimizer = optim.Adam(model.parameters(), lr: 0.01);
        for (var epoch = 0; epoch < 10; epoch++)
        {
            foreach (var (x, y) in batches)
            {
                // start anew
                optimizer.zero_grad();
                var loss = nn.functional.mse_loss(model.call(x), y);
                loss.backward(); // gradients
                optimizer.step();
                Data.Record(loss);
            }
        }

        System.Console.WriteLine(optimizer.ParamGroups.GetType().Name);
    }
}
