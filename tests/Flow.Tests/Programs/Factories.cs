public static class Factories
{
    public static void Run()
    {
        var device = Witness.Device;
        Witness.Tells(zeros(3, device: device));
        Witness.Tells(ones(3, 4, dtype: ScalarType.Float16, device: device));
        Witness.Tells(rand([2, 3], bfloat16, device));
        Witness.Tells(randn(3));
        Witness.Tells(empty(3, dtype: float64));
        Witness.Tells(eye(3));
        Witness.Tells(full(3, 1.5));
        Witness.Tells(full(3, 1));
        Witness.Tells(nn.init.constant_(empty(3), 1));
        Witness.Tells(nn.init.constant_(empty(3, dtype: ScalarType.Float16), 0.5));
        Witness.Tells(full(3, 1.5f, dtype: ScalarType.BFloat16));
        Witness.Misses(full([2], true));
        Witness.Tells(arange(4));
        Witness.Tells(arange(0, 4L, 1));
        Witness.Tells(arange(4f));
        Witness.Tells(arange(0.0, 1.0, 0.25));
        Witness.Tells(arange(4, dtype: ScalarType.Float16));
        Witness.Tells(linspace(0, 1, 5));
        Witness.Tells(linspace(0, 1, 5, dtype: ScalarType.BFloat16));
        Witness.Tells(randint(0, 10, [3]));
        Witness.Tells(randint(10, 3, dtype: ScalarType.Int32));
        Witness.Tells(randperm(5));
        Witness.Tells(tensor(1));
        Witness.Tells(tensor(1L));
        Witness.Tells(tensor(1.5f));
        Witness.Tells(tensor(1.5));
        Witness.Tells(tensor(true));
        Witness.Tells(tensor(1.5, dtype: ScalarType.Float16));
        Witness.Tells(tensor(new[] { 1f, 2f }));
        Witness.Tells(tensor(new double[] { 1, 2 }));
        Witness.Tells(tensor(new long[,] { { 1 }, { 2 } }));
        Witness.Tells(tensor(new[] { 1, 2 }, dtype: ScalarType.BFloat16));
        Witness.Tells(as_tensor(new[] { 1f }, dtype: ScalarType.Float16));
        Witness.Tells(from_array(new[] { 1.0, 2.0 }));
        Witness.Tells(zeros_like(ones(2).half()));
        Witness.Tells(ones_like(ones(2).half(), dtype: ScalarType.Float32));
        Witness.Tells(rand_like(ones(2).bfloat16()));
        Witness.Tells(ones(2).bfloat16().new_zeros(3));
        Witness.Tells(ones(2).new_ones(2, dtype: ScalarType.Float16));
        Witness.Tells(full_like(ones(2).half(), 3));
        Witness.Tells(complex(ones(2), ones(2)));
        Witness.Tells(hann_window(4));
        Tensor number = 1.5f;
        Witness.Tells(number);
        Tensor integer = 3;
        Witness.Tells(integer);
        Witness.Tells(nn.functional.one_hot(arange(3)));
    }
}
