using System.Text;

namespace TextGeneration.Data;

/// <summary>Characters (Unicode scalar values) as tokens: every one that occurs in the text, in code point order.</summary>
internal sealed class CharacterVocabulary
{
    private readonly Rune[] characters;
    private readonly Dictionary<Rune, int> ids;

    /// <param name="characters">Each character once, as <see cref="ToString"/> gives them.</param>
    public CharacterVocabulary(string characters)
    {
        this.characters = [.. characters.EnumerateRunes()];
        ids = this.characters.Select((character, id) => (character, id)).ToDictionary(pair => pair.character, pair => pair.id);
    }

    public int Size => characters.Length;

    public static CharacterVocabulary Of(string text)
        => new(string.Concat(text.EnumerateRunes().Distinct().Order()));

    /// <exception cref="UserErrorException">The text has a character that the vocabulary lacks.</exception>
    public long[] Encode(string text)
        => [.. text.EnumerateRunes().Select(character => (long)(ids.TryGetValue(character, out var id) ? id : throw Unknown(character)))];

    public string Decode(IEnumerable<long> tokens) => string.Concat(tokens.Select(id => characters[id]));

    public override string ToString() => string.Concat(characters);

    private static UserErrorException Unknown(Rune character) => new(
        $"The character '{character}' (U+{character.Value:X4}) does not occur in the text that the model learned from.",
        "Leave it out of the prompt.");
}
