using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var training = Data.Batches();
        var model = new Net();
        var optimizer = optim.Adam(model.parameters(), lr: 0.02);
        var scheduler = optim.lr_scheduler.StepLR(optimizer, 5, 0.5);
        for (var epoch = 0; epoch < 10; epoch++)
        {
            model.train();
            foreach (var batch in training)
            {
                optimizer.zero_grad();
                var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
                loss.backward();
                optimizer.step();
            }

            scheduler.step();
            model.eval();
            using var _ = no_grad();
            Data.Record(nn.functional.mse_loss(model.call(training[0].Input), training[0].Target));
        }
    }
}
