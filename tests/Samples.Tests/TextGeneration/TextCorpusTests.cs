using TextGeneration;
using TextGeneration.Data;

namespace Precision.Samples.Tests.TextGeneration;

public sealed class TextCorpusTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void The_last_tenth_is_held_out()
    {
        var text = string.Concat(Enumerable.Range(0, 100).Select(i => (char)('0' + (i % 10))));
        var corpus = TextCorpus.FromText(text);

        Assert.Equal(text[..90], corpus.Vocabulary.Decode(corpus.Training));
        Assert.Equal(text[90..], corpus.Vocabulary.Decode(corpus.Validation));
    }

    [Fact]
    public void Line_ends_are_made_alike()
        => Assert.Equal(TextCorpus.FromText("a\nb\nc\n").Training, TextCorpus.FromText("a\r\nb\rc\n").Training);

    [Fact]
    public void The_book_lies_beside_the_program()
    {
        var corpus = TextCorpus.Load(TextCorpus.DefaultPath);

        Assert.Equal(1_213_116, corpus.Training.Length + corpus.Validation.Length);
        Assert.Contains("Call me Ishmael.", corpus.Vocabulary.Decode(corpus.Training));
        Assert.EndsWith("found another orphan.\n", corpus.Vocabulary.Decode(corpus.Validation));
    }

    [Fact]
    public void The_opening_is_the_first_whole_paragraph_that_is_held_out()
    {
        var corpus = TextCorpus.FromText(new string('x', 360) + "end of one\n\nThen another one begins");

        Assert.Equal("Then another", corpus.HeldOutOpening(14));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var error = Assert.Throws<UserErrorException>(() => TextCorpus.Load(file + ".missing"));

        Assert.Contains(file + ".missing", error.Cause);
        Assert.Contains("--text", error.Remedy);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        File.WriteAllBytes(file, [0x61, 0xFF, 0x62]);

        Assert.Contains("UTF-8", Assert.Throws<UserErrorException>(() => TextCorpus.Load(file)).Message);
    }

    [Fact]
    public void A_text_shorter_than_the_context_is_refused()
    {
        var corpus = TextCorpus.FromText(new string('a', 640));
        corpus.CheckLength(63);

        Assert.Contains("--context", Assert.Throws<UserErrorException>(() => corpus.CheckLength(64)).Remedy);
    }
}
