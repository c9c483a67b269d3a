public static class Operations
{
    public static void Run()
    {
        var device = Witness.Device;
        var x = rand(2, 4, 4, device: device).bfloat16();
        var i = arange(16, device: device).reshape(4, 4);
        Witness.Tells(x.softmax(-1));
        Witness.Tells(x.softmax(-1, dtype: ScalarType.Float32));
        Witness.Tells(nn.functional.log_softmax(x, -1));
        Witness.Tells(x.sum());
        Witness.Tells(x.sum(1));
        Witness.Tells(x.sum(1, type: ScalarType.Float32));
        Witness.Tells(x.sum(ScalarType.Float64));
        Witness.Tells(i.sum());
        Witness.Tells(i.cumsum(0));
        Witness.Tells(x.mean());
        Witness.Tells(x.mean([1], type: ScalarType.Float32));
        Witness.Tells(x.exp());
        Witness.Tells(i.exp());
        Witness.Tells(i.sqrt());
        Witness.Tells(i.sigmoid());
        Witness.Tells(i.abs());
        Witness.Tells(x.log().tanh().relu());
        Witness.Tells(x.argmax(-1));
        Witness.Tells(x.isnan());
        Witness.Tells(x.var());
        Witness.Tells(x.std(1));
        Witness.Tells(x.norm());
        Witness.Tells(x.matmul(x));
        Witness.Tells(x.bmm(x.transpose(1, 2)));
        Witness.Tells(torch.einsum("bij,bjk->bik", x, x));
        Witness.Tells(nn.functional.gelu(x));
        Witness.Tells(nn.functional.layer_norm(x, [4]));
        Witness.Tells(nn.functional.scaled_dot_product_attention(x, x, x));
        Witness.Tells(nn.functional.mse_loss(x, x));
        Witness.Tells(nn.functional.cross_entropy(x, arange(2, device: device).unsqueeze(1).expand(2, 4)));
        Witness.Tells(nn.functional.dropout(x, 0.5));
        Witness.Tells(nn.functional.linear(x, rand(3, 4, device: device).bfloat16()));
        Witness.Tells(x.reshape(2, 16).view(4, 8).T);
        Witness.Tells(x[0]);
        Witness.Tells(x[TensorIndex.Ellipsis, TensorIndex.Slice(0, 2)]);
        Witness.Tells(x.unsqueeze(0).squeeze().flatten().permute([0]));
        Witness.Tells(x.index_select(0, arange(1, device: device)));
        Witness.Tells(x.gather(0, zeros(1, 4, 4, dtype: ScalarType.Int64, device: device)));
        Witness.Tells(x.masked_fill(x > 0.5, -1));
        Witness.Tells(x.max());
        Witness.Tells(x.tril().triu());
        Witness.Tells(x.pow(2).mean([-1], true).add(1e-5).rsqrt());
        Witness.Tells(x.to_type(ScalarType.Float32).exp().to(x.dtype));
        var (values, indices) = x.max(1);
        Witness.Tells(values);
        Witness.Tells(indices);
        var top = x.topk(2);
        Witness.Tells(top.values);
        Witness.Tells(top.indexes);
        Witness.Tells(x.sort().Indices);
        var chunks = x.chunk(2, -1);
        Witness.Tells(chunks[0]);
        Witness.Tells(x.split([2L, 2L], 1)[1]);
        Witness.Tells(x.unbind(0)[0]);
        var (variance, mean) = torch.var_mean(x, unbiased: false);
        Witness.Tells(variance);
        Witness.Tells(mean);
        Witness.Tells(torch.fft.rfft(x.@float()));
        Witness.Tells(torch.linalg.inv(eye(3, device: device)));
        Witness.Tells(torch.linalg.vector_norm(x));
        Witness.Tells(x.logsumexp(1));
        Witness.Tells(special.expit(x));
        Witness.Tells(x.cos() * x.sin());
        Witness.Tells(x.float_power(2.0));
        Witness.Tells(x.count_nonzero());
        Witness.Tells(x.floor().@long());
        Witness.Tells(x.bernoulli());
        Witness.Tells(x.multinomial_of());
    }

    private static Tensor multinomial_of(this Tensor x) => x[0].@float().multinomial(1);
}
