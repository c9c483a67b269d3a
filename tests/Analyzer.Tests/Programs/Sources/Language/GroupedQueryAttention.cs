using Models.Common;

namespace Models.Language;

/// <summary>Attention with rotary embeddings, shared keys and a cache.</summary>
public sealed class GroupedQueryAttention : Module<LayerInput, Tensor>
{
    private readonly Linear wq;
    private readonly Linear wk;
    private readonly Linear wv;
    private readonly Linear wo;
    private readonly Parameter queryScale;
    private readonly LanguageConfig config;
    private readonly int layer;

    public GroupedQueryAttention(LanguageConfig config, int layer)
        : base(nameof(GroupedQueryAttention))
    {
        this.config = config;
        this.layer = layer;
        wq = Linear(config.Width, config.Heads * config.HeadWidth, hasBias: false);
        wk = Linear(config.Width, config.KeyHeads * config.HeadWidth, hasBias: false);
        wv = Linear(config.Width, config.KeyHeads * config.HeadWidth, hasBias: false);
        wo = Linear(config.Heads * config.HeadWidth, config.Width, hasBias: false);
        queryScale = Parameter(ones(config.HeadWidth));
        RegisterComponents();
    }

    public override Tensor forward(LayerInput input)
    {
        var hidden = input.Hidden;
        var query = Normalised(wq.forward(hidden).SplitHeads(config.Heads));
        var key = wk.forward(hidden).SplitHeads(config.KeyHeads);
        var value = wv.forward(hidden).SplitHeads(config.KeyHeads);
        (query, key) = Rotary.Apply(query, key, input.Angles);
        query = query.type_as(value);
        if (input.Cache is { } cache)
        {
            (key, value) = cache.Update(layer, key, value);
        }

        key = key.RepeatHeads(config.Heads / config.KeyHeads);
        value = value.RepeatHeads(config.Heads / config.KeyHeads);
        return wo.forward(AttentionKernels.Run(config.Attention, query, key, value, config.HardMask).MergeHeads());
    }

    private Tensor Normalised(Tensor query)
    {
        var power = query.square().mean([-1L], keepdim: true); // want PRC1003 (region, fp16)
        return query * rsqrt(power + 1e-6) * queryScale; // want PRC1004
    }
}
