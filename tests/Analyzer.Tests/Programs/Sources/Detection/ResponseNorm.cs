namespace Models.Detection;

/// <summary>Lets channels compete by their energy in the whole image.</summary>
public sealed class ResponseNorm : Module<Tensor, Tensor>
{
    private readonly Parameter gamma;
    private readonly Parameter beta;

    public ResponseNorm(int channels)
        : base(nameof(ResponseNorm))
    {
        gamma = Parameter(zeros(1, channels, 1, 1));
        beta = Parameter(zeros(1, channels, 1, 1));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var energy = x.pow(2).sum([2L, 3L], keepdim: true).sqrt(); // want PRC1002; PRC1003 (region, fp16)
        var share = energy / (energy.mean([1L], keepdim: true) + 1e-8); // want PRC1008 (region, fp16)
        return x + gamma * (x * share) + beta;
    }
}
