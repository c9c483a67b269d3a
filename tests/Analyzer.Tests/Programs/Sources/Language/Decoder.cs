using Models.Common;

namespace Models.Language;

/// <summary>All layers over embedded tokens.</summary>
public sealed class Decoder : Module<Tensor, KeyValueCache?, LayerOutput>
{
    private readonly Embedding embedding;
    private readonly ModuleList<DecoderLayer> layers;
    private readonly RmsNorm norm;
    private readonly RotaryTables tables;

    public Decoder(LanguageConfig config)
        : base(nameof(Decoder))
    {
        embedding = Embedding(config.Vocabulary, config.Width);
        layers = ModuleList(Enumerable.Range(0, config.Layers).Select(index => new DecoderLayer(config, index)).ToArray());
        norm = new RmsNorm(config.Width);
        tables = new RotaryTables(config.HeadWidth, config.MaximumLength, config.RotaryBase);
        RegisterComponents();
    }

    public override LayerOutput forward(Tensor ids, KeyValueCache? cache)
    {
        var start = cache?.Length ?? 0;
        var angles = tables.Between(start, start + ids.shape[1], ids.device);
        var hidden = embedding.forward(ids);
        var balance = zeros(1, device: ids.device);
        foreach (var layer in layers)
        {
            var output = layer.forward(new LayerInput { Hidden = hidden, Angles = angles, Cache = cache });
            hidden = output.Hidden;
            balance = balance + output.Balance;
        }

        return new LayerOutput(norm.forward(hidden), balance);
    }
}
