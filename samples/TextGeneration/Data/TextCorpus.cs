using System.Text;

namespace TextGeneration.Data;

/// <summary>A text as tokens: its first nine tenths to learn from, the rest held out for validation.</summary>
internal sealed class TextCorpus
{
    private const double HeldOut = 0.1;

    private TextCorpus(CharacterVocabulary vocabulary, long[] tokens)
    {
        Vocabulary = vocabulary;
        var split = (int)(tokens.Length * (1 - HeldOut));
        Training = tokens[..split];
        Validation = tokens[split..];
    }

    public CharacterVocabulary Vocabulary { get; }

    public long[] Training { get; }

    public long[] Validation { get; }

    /// <summary>Moby Dick, which lies beside the program.</summary>
    public static string DefaultPath { get; } = Path.Combine(AppContext.BaseDirectory, "Data", "moby-dick.txt");

    /// <param name="path">A text file in UTF-8.</param>
    /// <param name="vocabulary">The vocabulary of a model that exists already; null = the text's own.</param>
    /// <exception cref="UserErrorException">The file cannot be read, or has characters that the vocabulary lacks.</exception>
    public static TextCorpus Load(string path, CharacterVocabulary? vocabulary = null)
    {
        try
        {
            return FromText(File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true)), vocabulary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"The text '{path}' cannot be read: {e.Message}", "Give --text a file that exists and may be read.", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new UserErrorException($"The text '{path}' is not valid UTF-8.", "Convert it to UTF-8 first.", e);
        }
    }

    public static TextCorpus FromText(string text, CharacterVocabulary? vocabulary = null)
    {
        text = text.ReplaceLineEndings("\n");
        vocabulary ??= CharacterVocabulary.Of(text);
        return new TextCorpus(vocabulary, vocabulary.Encode(text));
    }

    /// <summary>The first words of the first paragraph that is held out as a whole: something to write on from.</summary>
    /// <param name="length">The most characters.</param>
    public string HeldOutOpening(int length)
    {
        var text = Vocabulary.Decode(Validation);
        var paragraph = text[(text.IndexOf("\n\n", StringComparison.Ordinal) + 1)..].TrimStart('\n');
        var opening = paragraph[..Math.Min(length, paragraph.Length)];
        return opening.LastIndexOf(' ') is var space and > 0 ? opening[..space] : opening;
    }

    /// <summary>Checks that windows of the model's context can be cut from both parts.</summary>
    /// <exception cref="UserErrorException">The text is too short for the context.</exception>
    public void CheckLength(int context)
    {
        if (Math.Min(Training.Length, Validation.Length) < context + 1)
        {
            throw new UserErrorException(
                $"The text has {Training.Length + Validation.Length:N0} characters, too few for a context of {context}: the "
                + $"held-out tenth must have more than {context}.",
                "Give a longer --text or a smaller --context.");
        }
    }
}
