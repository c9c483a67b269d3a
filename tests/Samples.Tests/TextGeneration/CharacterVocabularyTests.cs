using TextGeneration;
using TextGeneration.Data;

namespace Precision.Samples.Tests.TextGeneration;

public class CharacterVocabularyTests
{
    [Theory]
    [InlineData("abc cab")]
    [InlineData("naïve — “quoted”\n")]
    [InlineData("whale 🐋 and 🐳")]
    public void Decoding_gives_back_what_was_encoded(string text)
    {
        var vocabulary = CharacterVocabulary.Of(text);

        Assert.Equal(text, vocabulary.Decode(vocabulary.Encode(text)));
    }

    [Fact]
    public void Tokens_are_numbered_in_code_point_order()
        => Assert.Equal([2, 1, 0, 3], CharacterVocabulary.Of("ba 🐋").Encode("ba 🐋"));

    [Fact]
    public void A_vocabulary_survives_as_text()
    {
        var vocabulary = CharacterVocabulary.Of("call me 🐋");
        var restored = new CharacterVocabulary(vocabulary.ToString());

        Assert.Equal(vocabulary.Encode("me 🐋"), restored.Encode("me 🐋"));
    }

    [Fact]
    public void An_unknown_character_is_named()
    {
        var error = Assert.Throws<UserErrorException>(() => CharacterVocabulary.Of("abc").Encode("abé"));

        Assert.Contains("'é' (U+00E9)", error.Message);
    }
}
