namespace Precision.Operations.Tests;

/// <summary>No operation that autocast knows on the CPU or on CUDA is forgotten. The list is read from libtorch 2.10's dispatcher.</summary>
public sealed class CompletenessTests
{
    /// <summary>Operations that no member of TorchSharp stands for by name, and what does.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["_addmm_activation"] = "internal",
        ["_convolution"] = "conv1d, conv2d, conv3d",
        ["convolution"] = "conv1d, conv2d, conv3d",
        ["cudnn_convolution"] = "conv2d, conv3d",
        ["cudnn_convolution_transpose"] = "conv_transpose2d, conv_transpose3d",
        ["conv_tbc"] = "not bound",
        ["_native_multi_head_attention"] = "MultiheadAttention",
        ["_scaled_dot_product_flash_attention"] = "scaled_dot_product_attention",
        ["_thnn_fused_gru_cell"] = "GRUCell",
        ["_thnn_fused_lstm_cell"] = "LSTMCell",
        ["gru_cell"] = "GRUCell",
        ["lstm_cell"] = "LSTMCell",
        ["rnn_relu_cell"] = "RNNCell",
        ["rnn_tanh_cell"] = "RNNCell",
        ["mkldnn_rnn_layer"] = "LSTM",
        ["grid_sampler"] = "grid_sample",
        ["grid_sampler_2d"] = "grid_sample",
        ["grid_sampler_3d"] = "grid_sample",
        ["_grid_sampler_2d_cpu_fallback"] = "grid_sample",
        ["_lu_with_info"] = "not bound",
        ["triangular_solve"] = "not bound",
        ["pdist"] = "not bound",
        ["nuclear_norm"] = "not bound",
        ["frobenius_norm"] = "not bound",
        ["fake_quantize_per_tensor_affine"] = "bound, and throws NotImplementedException",
        ["cross_entropy_loss"] = "cross_entropy",
        ["multilabel_margin_loss"] = "multi_label_margin_loss",
        ["multilabel_margin_loss_forward"] = "multi_label_margin_loss",
        ["nll_loss2d"] = "nll_loss",
        ["native_layer_norm"] = "layer_norm",
        ["reflection_pad1d"] = "pad",
        ["reflection_pad2d"] = "pad",
        ["replication_pad1d"] = "pad",
        ["replication_pad2d"] = "pad",
        ["replication_pad3d"] = "pad",
        ["upsample_linear1d"] = "interpolate",
        ["upsample_bilinear2d"] = "interpolate, upsample_bilinear",
        ["upsample_bicubic2d"] = "interpolate",
        ["upsample_trilinear3d"] = "interpolate",
        ["_upsample_bicubic2d_aa"] = "interpolate",
        ["_upsample_bilinear2d_aa"] = "interpolate",
        ["_upsample_nearest_exact1d"] = "not bound",
        ["_upsample_nearest_exact2d"] = "not bound",
        ["_upsample_nearest_exact3d"] = "not bound",
    };

    [Fact]
    public void Every_registered_operation_has_a_row_or_an_explanation()
    {
        var members = OperationTable.All.Select(static operation => operation.Member.TrimEnd('_')).ToHashSet(StringComparer.Ordinal);
        var missing = Registered().Where(name => !Names(name).Any(members.Contains)).Order(StringComparer.Ordinal);
        Assert.Equal(Elsewhere.Keys.Order(StringComparer.Ordinal), missing);
    }

    /// <summary>What stands for an operation is in the table.</summary>
    [Fact]
    public void Explanations_name_rows()
    {
        var names = OperationTable.All
            .SelectMany(static operation => new[] { operation.Member, operation.Type.Split('.')[^1] })
            .ToHashSet(StringComparer.Ordinal);
        Assert.All(
            Elsewhere.Values.Where(static text => text is not ("internal" or "not bound") && !text.StartsWith("bound", StringComparison.Ordinal)),
            text => Assert.All(text.Split(", "), name => Assert.Contains(name, names)));
    }

    private static IEnumerable<string> Registered()
    {
        using var stream = typeof(CompletenessTests).Assembly.GetManifestResourceStream("autocast-registrations.tsv")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Split('\t'))
            .Where(static columns => columns[0] is "AutocastCPU" or "AutocastCUDA")
            .Select(static columns => columns[1]["aten::".Length..])
            .Distinct()
            .ToList();
    }

    /// <summary>TorchSharp keeps the namespaces of linalg, fft and special as types.</summary>
    private static IEnumerable<string> Names(string operation)
        => new[] { "", "linalg_", "fft_", "special_" }
            .Where(prefix => operation.StartsWith(prefix, StringComparison.Ordinal))
            .Select(prefix => operation[prefix.Length..]);
}
