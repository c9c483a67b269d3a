namespace Models.Diffusion;

/// <summary>Norms with weights of 1: TorchSharp leaves those of its own undefined.</summary>
internal static class Norms
{
    public static GroupNorm Group(int channels, int groups = 4)
    {
        var norm = GroupNorm(groups, channels);
        init.ones_(norm.weight!);
        init.zeros_(norm.bias!);
        return norm;
    }
}
