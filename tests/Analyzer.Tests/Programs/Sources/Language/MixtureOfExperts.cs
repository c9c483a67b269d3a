using Models.Common;

namespace Models.Language;

/// <summary>Feed-forward parts of which each token uses the ones that its router opens.</summary>
public sealed class MixtureOfExperts : Module<Tensor, (Tensor Hidden, Tensor Balance)>
{
    private readonly Linear router;
    private readonly ModuleDict<GatedFeedForward> experts = new();
    private readonly int count;

    public MixtureOfExperts(int width, int count)
        : base(nameof(MixtureOfExperts))
    {
        this.count = count;
        router = Linear(width, count, hasBias: false);
        for (var i = 0; i < count; i++)
        {
            experts.Add(($"expert{i}", new GatedFeedForward(width, 2 * width)));
        }

        RegisterComponents();
    }

    public override (Tensor Hidden, Tensor Balance) forward(Tensor x)
    {
        var logits = router.call(x);
        var gates = logits.relu();
        var total = gates.sum(-1, keepdim: true); // want PRC1002
        var shares = gates / (total + 1e-9); // want PRC1008 (region, fp16)
        Tensor? result = null;
        for (var i = 0; i < count; i++)
        {
            var part = experts[$"expert{i}"].call(x) * shares.narrow(-1, i, 1);
            result = result is null ? part : result + part;
        }

        return (result!, Balance(logits));
    }

    private static Tensor Balance(Tensor logits)
    {
        var confidence = logits.logsumexp(-1).pow(2).mean(); // want PRC1003 (region, fp16)
        var chosen = functional.one_hot(logits.argmax(-1), logits.shape[^1]).to(ScalarType.Float32).mean([0L, 1L]);
        return confidence + (chosen * chosen).sum();
    }
}
