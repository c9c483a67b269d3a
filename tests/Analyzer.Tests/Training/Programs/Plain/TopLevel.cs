using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

var batches = Data.Batches();
var model = new Net();
var optimizer = optim.Adam(model.parameters(), lr: 0.01);
for (var epoch = 0; epoch < 10; epoch++)
{
    foreach (var batch in batches)
    {
        optimizer.zero_grad();
        nn.functional.mse_loss(model.call(batch.Input), batch.Target).backward();
        optimizer.step();
    }

    using (no_grad())
    {
        Data.Record(nn.functional.mse_loss(model.call(batches[0].Input), batches[0].Target));
    }
}
