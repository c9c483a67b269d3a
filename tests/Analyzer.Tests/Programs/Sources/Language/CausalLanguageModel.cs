namespace Models.Language;

/// <summary>A decoder with a head, its loss and the next token.</summary>
[MixedPrecision(Dtype.Float16)]
public sealed partial class CausalLanguageModel : Module<ModelInput, ModelOutput>
{
    private readonly Decoder model;
    private readonly Linear head;
    private readonly Sampler sampler;
    private readonly double smoothing;

    public CausalLanguageModel(LanguageConfig config)
        : base(nameof(CausalLanguageModel))
    {
        model = new Decoder(config);
        head = Linear(config.Width, config.Vocabulary, hasBias: false);
        sampler = new Sampler(temperature: 0.8, candidates: 4);
        smoothing = config.Smoothing;
        RegisterComponents();
    }

    private ModelOutput ForwardCore(ModelInput input)
    {
        var (hidden, balance) = model.forward(input.Ids, input.Cache);
        var logits = Capped(head.forward(hidden));
        var next = sampler.Next(logits, input.Banned);
        if (input.Labels is null)
        {
            return new ModelOutput(logits, next, null);
        }

        var loss = LanguageLoss.Of(logits, input.Labels, smoothing) + 0.01 * balance.mean();
        return new ModelOutput(logits, next, loss);
    }

    private static Tensor Capped(Tensor logits) => 30 * (logits / 30).tanh();
}
