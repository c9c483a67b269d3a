using System.Text.Json;
using System.Text.Json.Serialization;
using TextGeneration.Model;

namespace TextGeneration.Training;

/// <summary>What a run is: the model, how it is trained, and on what.</summary>
/// <param name="Vocabulary">Every character that the model knows, as <see cref="Data.CharacterVocabulary"/> orders them.</param>
/// <param name="Text">Full path of the text.</param>
internal sealed record RunSettings(GptShape Shape, TrainingSettings Training, string Vocabulary, string Text)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter() },
    };

    public static RunSettings FromJson(string json) => JsonSerializer.Deserialize<RunSettings>(json, Format)!;

    public string ToJson() => JsonSerializer.Serialize(this, Format);
}
