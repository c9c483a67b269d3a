public static class Casts
{
    private static Tensor Input() => rand(2, 3, device: Witness.Device);

    public static void Run()
    {
        var x = Input();
        Witness.Tells(x);
        Witness.Tells(x.half());
        Witness.Tells(x.bfloat16());
        Witness.Tells(x.@float());
        Witness.Tells(x.@double());
        Witness.Tells(x.@int());
        Witness.Tells(x.@long());
        Witness.Tells(x.@short());
        Witness.Tells(x.@bool());
        Witness.Tells(x.@byte());
        Witness.Tells(x.@char());
        Witness.Tells(x.cfloat());
        Witness.Tells(x.to(ScalarType.Float16));
        Witness.Tells(x.to(ScalarType.BFloat16, copy: true));
        Witness.Tells(x.to(bfloat16));
        Witness.Tells(x.to(float16, Witness.Device));
        Witness.Tells(x.to(copy: true, type: float64));
        Witness.Tells(x.half().to(Witness.Device));
        Witness.Tells(x.to_type(ScalarType.Float16));
        Witness.Tells(x.type(ScalarType.BFloat16));
        Witness.Tells(x.type_as(x.half()));
        Witness.Tells(x.to(x.bfloat16()));
        Witness.Tells(x.to(torch.half));
        Witness.Tells(x.half().cpu());
        Witness.Tells(x.half().clone().detach().contiguous());
        Witness.Tells(((x.half())));
        Witness.Tells((Tensor)x.half());

        var dtype = x.half().dtype;
        Witness.Tells(x.to(dtype));
        const ScalarType constant = ScalarType.BFloat16;
        Witness.Tells(x.to(constant));
        ScalarType? maybe = ScalarType.Float16;
        Witness.Tells(zeros(3, dtype: maybe));
        Witness.Tells(x.half().requires_grad_());
        Witness.Tells(nn.Parameter(x.half()));
        Witness.Tells(x.half().alias());
        Witness.Tells(x.half().MoveToOuterDisposeScope());
        Witness.Hides(x.to(Choose()));
    }

    private static ScalarType Choose() => DateTime.Now.Year > 2000 ? ScalarType.Float16 : ScalarType.Float32;
}
