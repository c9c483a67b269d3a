public static class Regions
{
    public static void Run()
    {
        var device = Witness.Device;
        var x = rand(4, 4, device: device);
        var h = x.bfloat16();
        var layer = Linear(4, 4).to(device);
        Witness.Tells(x.matmul(x));
        Func<Tensor, Tensor> product = value => Witness.Hides(value.matmul(x));
        product(x);
        Func<Tensor, Tensor> kept;
        using (Autocast.Enter(device, Dtype.BFloat16))
        {
            kept = value => Witness.Hides(value.matmul(x));
            product(x);
            Witness.Tells(x.matmul(x));
            Witness.Tells(x.mm(h));
            Witness.Tells(x + x);
            Witness.Tells(x.matmul(x) + x);
            Witness.Tells(layer.call(x));
            Witness.Tells(layer.forward(x).relu());
            Witness.Tells(layer.call(x).softmax(-1));
            Witness.Tells(layer.call(x).exp());
            Witness.Tells(layer.call(x).sum());
            Witness.Tells(layer.call(x).mean());
            Witness.Tells(nn.functional.mse_loss(layer.call(x), x));
            Witness.Tells(nn.functional.layer_norm(layer.call(x), [4]));
            Witness.Tells(nn.functional.linear(x, x));
            Witness.Tells(nn.functional.gelu(layer.call(x)));
            Witness.Tells(cat([x, h]));
            Witness.Tells(x.@double().matmul(x.@double()));
            if (device.type is DeviceType.CPU) // CUDA multiplies no integers
            {
                Witness.Tells(arange(4, device: device).unsqueeze(0).mm(arange(4, device: device).unsqueeze(1)));
            }

            Witness.Tells(h.prod());
            Witness.Tells(h.norm());
            Witness.Tells(h.cumsum(0));
            Witness.Tells(h.pow(2));
            Witness.Tells(1f / h);
            using (Autocast.Disable(device))
            {
                Witness.Tells(x.matmul(x));
                Witness.Tells(h.matmul(h));
                Witness.Tells(h.softmax(-1));
            }

            Witness.Tells(Product(x));
            using var inner = Autocast.Enter(device, Dtype.Float32);
            Witness.Tells(x.matmul(x));
        }

        Witness.Tells(x.matmul(x));
        kept(x);
        Witness.Tells(Product(h));
        using var region = Autocast.Enter(device, Dtype.Float16);
        Witness.Tells(x.mv_or_mm());
        Witness.Tells(layer.call(x));
    }

    private static Tensor Product(Tensor value) => value.matmul(value);

    private static Tensor mv_or_mm(this Tensor value) => value.mm(value);
}
