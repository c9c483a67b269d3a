namespace TextGeneration.Model;

/// <summary>Everything that the sizes of a <see cref="Gpt"/>'s weights follow from.</summary>
/// <param name="Layers">Number of blocks.</param>
/// <param name="Width">Size of the vector that stands for one token.</param>
/// <param name="Heads">Attention heads of a block; divides <paramref name="Width"/>.</param>
/// <param name="Context">How many tokens the model looks back on.</param>
/// <param name="Vocabulary">Number of different tokens.</param>
internal sealed record GptShape(int Layers, int Width, int Heads, int Context, int Vocabulary)
{
    /// <summary>Checks that such a model can be built.</summary>
    /// <exception cref="UserErrorException">The heads do not divide the width.</exception>
    public GptShape Validated()
    {
        if (Width % Heads != 0)
        {
            throw new UserErrorException(
                $"{Heads} heads do not divide a width of {Width}.",
                "Choose --width as a multiple of --heads (64 per head is usual).");
        }

        return this;
    }
}
