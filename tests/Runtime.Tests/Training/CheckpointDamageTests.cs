using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Precision.Optim;
using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Xunit.Abstractions;

namespace Precision.Runtime.Tests.Training;

/// <summary>Whatever is wrong with a checkpoint: one type of exception, which names the file, and nothing is changed.</summary>
[Collection(SerialTests.Name)]
public sealed class CheckpointDamageTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("precision-damage-").FullName;
    private readonly SmallTraining run = new(nameof(FusedAdamW));
    private readonly ITestOutputHelper output;
    private readonly byte[] good;

    public CheckpointDamageTests(ITestOutputHelper output)
    {
        this.output = output;
        run.Train(2);
        good = Saved(run);
        run.Train(1);
    }

    private string FilePath => Path.Combine(folder, "checkpoint");

    public void Dispose()
    {
        run.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public static TheoryData<string, string, Action<JsonNode>> IndexEdits => new()
    {
        { "no progress", "Progress", static index => index.AsObject().Remove("Progress") },
        { "no optimizer", "Optimizer", static index => index.AsObject().Remove("Optimizer") },
        { "random states null", "RandomStates", static index => index["RandomStates"] = null },
        { "random states empty", "its index begins", static index => index["RandomStates"] = new JsonArray() },
        { "an unknown member", "Offset", static index => index["Weights"]![1]!["Offset"] = long.MaxValue },
        { "a weight is null", "null", static index => index["Weights"]![1] = null },
        { "a name is null", "Name", static index => index["Weights"]![1]!["Name"] = null },
        { "a shape is null", "Shape", static index => index["Weights"]![1]!["Shape"] = null },
        { "a negative size", "does not lie", static index => index["Weights"]![1]!["Shape"]![0] = -4 },
        { "two negative sizes", "does not lie", static index => index["Weights"]![0]!["Shape"] = new JsonArray(-16, -16) },
        { "a size too large", "does not lie", static index => index["Weights"]![1]!["Shape"]![0] = 1L << 50 },
        { "sizes that overflow", "does not lie", static index => index["Weights"]![1]!["Shape"] = new JsonArray(1L << 40, 1L << 40) },
        { "no elements and strides that overflow", "does not lie", static index => index["Weights"]![1]!["Shape"] = new JsonArray(0, 1L << 60, 1L << 40) },
        { "too many dimensions", "does not lie", static index => index["Weights"]![1]!["Shape"] = new JsonArray([.. Enumerable.Repeat(1, 65).Select(static one => (JsonNode)one)]) },
        { "a size of no number", "Shape", static index => index["Weights"]![1]!["Shape"] = new JsonArray(1e300) },
        { "another dtype of the same length", "weight", static index => index["Weights"]![0]!["Dtype"] = "BFloat16" },
        { "an unknown dtype", "does not lie", static index => index["Weights"]![0]!["Dtype"] = "Float8" },
        { "the masters left out", "moved", static index => Move(index["Masters"]!, index["Weights"]!) },
        { "a weight twice", "twice", static index => index["Weights"]![1]!["Name"] = index["Weights"]![0]!["Name"]!.GetValue<string>() },
        { "a weight of another name", "other.weight", static index => index["Weights"]![0]!["Name"] = "other.weight" },
        { "other ties", "tied", static index => index["Tied"]!["a"] = "b" },
        { "a tie to null", "null", static index => index["Tied"]!["a"] = null },
        { "steps negative", "counters", static index => index["Progress"]!["Steps"] = -1 },
        { "more skipped than made", "counters", static index => index["Progress"]!["SkippedSteps"] = 1000 },
        { "more skipped in a row", "counters", static index => index["Progress"]!["SkippedInARow"] = 3 },
        { "steps beyond long", "Steps", static index => index["Progress"]!["Steps"] = 1e30 },
        { "random state of another size", "its index begins", static index => index["RandomStates"]![0]!["Shape"] = new JsonArray(3) },
        { "random state of no device", "random state", static index => index["RandomStates"]![0]!["Name"] = "tpu" },
        { "another optimizer", "AdamX", static index => index["Optimizer"]!["Type"] = "AdamX" },
        { "no group", "groups", static index => index["Optimizer"]!["Groups"] = new JsonArray() },
        { "a group is null", "null", static index => index["Optimizer"]!["Groups"]![0] = null },
        { "a parameter of another name", "groups", static index => index["Optimizer"]!["Groups"]![0]!["Parameters"]![0] = "x" },
        { "an option is missing", "fields", static index => Numbers(index).Remove("OptimizerOptions.<LearningRate>k__BackingField") },
        { "an option more", "fields", static index => Numbers(index)["x"] = new JsonArray("1") },
        { "an option of no number", "options", static index => Numbers(index)["OptimizerOptions.<LearningRate>k__BackingField"] = new JsonArray("fast") },
        { "an option of two numbers", "options", static index => Numbers(index)["OptimizerOptions.<LearningRate>k__BackingField"] = new JsonArray("1", "2") },
        { "an option that cannot be null", "options", static index => Numbers(index)["OptimizerOptions.<InitialLearningRate>k__BackingField"] = new JsonArray() },
        { "an option is null", "null", static index => Numbers(index)["OptimizerOptions.<LearningRate>k__BackingField"] = new JsonArray((JsonNode?)null) },
        { "a state of another class", "state", static index => index["Optimizer"]!["States"]![0]!["Type"] = "State" },
        { "a state is null", "null", static index => index["Optimizer"]!["States"]![0] = null },
        { "a state without its tensors", "its index begins", static index => index["Optimizer"]!["States"]![0]!["Tensors"] = new JsonArray() },
        { "a state's tensor of another name", "exp_max", static index => Tensors(index)[1]!["Name"] = "exp_max" },
        { "a state's tensor is there twice", "twice", static index => Tensors(index)[1]!["Name"] = Tensors(index)[2]!["Name"]!.GetValue<string>() },
        { "a state's tensor of another shape", "state", static index => Tensors(index)[1]!["Shape"] = new JsonArray(Tensors(index)[1]!["Shape"]!.AsArray().Aggregate(1L, (n, s) => n * s!.GetValue<long>())) },
        { "two states exchanged", "state", static index => Exchange(index["Optimizer"]!["States"]!.AsArray()) },
        { "no scale", "scale", static index => index["Scaler"]!.AsObject().Remove("scale") },
        { "a scale of NaN", "scale", static index => index["Scaler"]!["scale"] = "NaN" },
        { "a negative scale", "scale", static index => index["Scaler"]!["scale"] = -1 },
        { "no scaler", "loss scaling", static index => index["Scaler"] = new JsonObject() },
        { "no schedule", "schedule", static index => index["Scheduler"] = null },
        { "another schedule", "StepLR", static index => index["Scheduler"]!["Type"] = "StepLR" },
        { "a schedule of other fields", "fields", static index => index["Scheduler"]!["Numbers"]!["x"] = new JsonArray("1") },
        { "a schedule with a null", "null", static index => index["Scheduler"]!["Inner"]!["x"] = new JsonArray((JsonNode?)null) },
        { "a data position of no base64", "DataPosition", static index => index["DataPosition"] = "!" },
    };

    [Theory]
    [MemberData(nameof(IndexEdits), DisableDiscoveryEnumeration = true)]
    public void An_index_that_cannot_be_is_refused(string name, string cause, Action<JsonNode> edit)
    {
        _ = name;
        Assert.Contains(cause, Refuses(CheckpointEdit.WithIndex(good, edit)));
    }

    public static TheoryData<string> BrokenIndexes => new()
    {
        "", "null", "[]", "7", "\"text\"", "{", "{}", "{\"Progress\":{}}", new string('[', 10_000), "{\"Progress\":{\"Steps\":0", "\u0000\u0000",
    };

    [Theory]
    [MemberData(nameof(BrokenIndexes), DisableDiscoveryEnumeration = true)]
    public void An_index_that_is_none_is_refused(string json)
    {
        Assert.Contains("index", Refuses(CheckpointEdit.WithIndex(good, Encoding.UTF8.GetBytes(json))));
        Assert.Contains("index", Refuses(CheckpointEdit.WithIndex(good, [.. Encoding.UTF8.GetBytes(json), 0xFF, 0xFE])));
    }

    [Fact]
    public void An_index_at_an_impossible_place_is_refused()
    {
        foreach (var position in new[] { long.MinValue, -1, 0, 22, good.Length, good.Length - 39, long.MaxValue, int.MaxValue + 1L })
        {
            Assert.Contains("index would begin", Refuses(CheckpointEdit.WithIndexPosition(good, position)));
        }

        Assert.Contains("index", Refuses(CheckpointEdit.WithIndexPosition(good, CheckpointEdit.IndexPosition(good) + 1)));
        Assert.Contains("index", Refuses(CheckpointEdit.WithIndexPosition(good, good.Length - 40)));
    }

    // The generator's own layout: left at byte 8, seeded at 12, next at 16. libtorch ends the process for the first three, and reads
    // beyond its memory for the last.
    [Theory]
    [InlineData(8, 0, 624)]
    [InlineData(8, 625, 0)]
    [InlineData(8, -1, 0)]
    [InlineData(12, 0, null)]
    [InlineData(16, 625, null)]
    [InlineData(16, -1, null)]
    [InlineData(8, 600, 600)]
    public void A_random_state_that_is_none_is_refused(int offset, int value, int? next)
    {
        using var state = new CheckpointReader(new MemoryStream(good), "here").ReadIndex(CancellationToken.None);
        var start = (int)state.RandomStates[0].Position;
        var file = CheckpointEdit.WithBytes(good, start + offset, BitConverter.GetBytes(value));
        file = next is { } word ? CheckpointEdit.WithBytes(file, start + 16, BitConverter.GetBytes(word)) : file;
        Assert.Contains("random state", Refuses(file));
    }

    [Fact]
    public void A_random_state_of_another_libtorch_is_refused()
    {
        using var state = new CheckpointReader(new MemoryStream(good), "here").ReadIndex(CancellationToken.None);
        var (start, length) = ((int)state.RandomStates[0].Position, (int)state.RandomStates[0].Shape[0]);
        foreach (var other in new[] { 0, 3, 16, length - 8, length + 8 })
        {
            byte[] body = [.. good[..start], .. new byte[other], .. good[(start + length)..CheckpointEdit.IndexPosition(good)]];
            var index = CheckpointEdit.Index(good);
            index["RandomStates"]![0]!["Shape"] = new JsonArray(other);
            byte[] content = [.. body, .. Encoding.UTF8.GetBytes(index.ToJsonString()), .. BitConverter.GetBytes((long)body.Length)];
            Assert.Contains("libtorch", Refuses([.. content, .. SHA256.HashData(content)]));
        }
    }

    [Fact]
    public void Truncated_damaged_and_foreign_files_are_refused_by_their_reason()
    {
        var module = Path.Combine(folder, "module");
        run.Model.save(module);
        byte[] damaged = [.. good];
        damaged[good.Length / 2] ^= 1;
        byte[] earlier = [.. good];
        earlier["PRECISION-CHECKPOINT-".Length] = (byte)'1';
        foreach (var (content, cause) in new (byte[], string)[]
        {
            ([], "begin"), (good[..10], "begin"), (good[..40], "truncated"), (good[..(good.Length / 2)], "truncated"),
            (good[..^1], "truncated"), ([.. good, 0], "damaged"), (damaged, "damaged"), (File.ReadAllBytes(module), "begin"),
            (earlier, "another version"), ([.. good, .. good], "damaged"),
        })
        {
            Assert.Contains(cause, Refuses(content));
        }

        Assert.Throws<FileNotFoundException>(() => run.Training.Load(Path.Combine(folder, "none"), run.Schedule));
    }

    public static TheoryData<string> Optimizers => [nameof(FusedAdamW), nameof(FusedSGD), "AdamW", "SGD"];

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Random_damage_changes_nothing(string optimizer)
    {
        using var other = new SmallTraining(optimizer);
        other.Train(2);
        var whole = Saved(other);
        other.Train(1);
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (refused, taken) = (0, 0);
        for (var i = 0; i < 300; i++)
        {
            var isSealed = i % 3 == 0;
            var content = isSealed ? RandomDamage.OfIndex(whole, random) : RandomDamage.OfFile(whole, random);
            File.WriteAllBytes(FilePath, content);
            var before = SHA256.HashData(Saved(other));
            try
            {
                other.Training.Load(FilePath, other.Schedule);
                Assert.True(isSealed, "damaged, and loaded");
                taken++;
                File.WriteAllBytes(FilePath, whole);
                other.Training.Load(FilePath, other.Schedule);
                Assert.Equal(SHA256.HashData(whole), SHA256.HashData(Saved(other)));
                other.Train(1);
            }
            catch (InvalidDataException error)
            {
                refused++;
                Assert.Contains(FilePath, error.Message);
                Assert.Equal(before, SHA256.HashData(Saved(other)));
            }
        }

        Assert.True(refused >= 200 && taken < 100, $"{refused} refused, {taken} taken");
        other.Train(2);
    }

    [Fact]
    public void A_thousand_flips_and_truncations_change_nothing()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var before = SHA256.HashData(Saved(run));
        for (var i = 0; i < 1000; i++)
        {
            byte[] content = i % 2 == 0 ? [.. good] : good[..random.Next(good.Length)];
            if (i % 2 == 0)
            {
                content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(FilePath, content);
            var error = Assert.Throws<InvalidDataException>(() => run.Training.Load(FilePath, run.Schedule));
            Assert.Contains(FilePath, error.Message);
            Assert.Equal(before, SHA256.HashData(Saved(run)));
        }

        run.Train(1);
    }

    [Fact]
    public void Gradients_that_wait_survive_a_refusal()
    {
        using var scope = NewDisposeScope();
        run.Training.Backward(run.Loss());
        File.WriteAllBytes(FilePath, good[..^1]);
        Assert.Throws<InvalidDataException>(() => run.Training.Load(FilePath, run.Schedule));
        Assert.True(run.Training.Step().Applied || run.Training.SkippedSteps > 0);
    }

    [Fact]
    public void Loading_keeps_every_tensor_where_it_is()
    {
        File.WriteAllBytes(FilePath, good);
        using var scope = NewDisposeScope();
        var before = Addresses();
        run.Training.Load(FilePath, run.Schedule);
        Assert.Equal(before, Addresses());

        List<nint> Addresses() => [.. run.Model.state_dict().Values.Concat(run.Training.MasterWeights.state_dict().Values)
            .Concat(((OptimizerHelper)run.Training.Optimizer).state_dict().State
                .SelectMany(state => new[] { ((FusedAdam.State)state).exp_avg, ((FusedAdam.State)state).exp_avg_sq, ((FusedAdam.State)state).step }))
            .Select(tensor => tensor.Handle)];
    }

    private static byte[] Saved(SmallTraining run)
    {
        using var stream = new MemoryStream();
        run.Training.Save(stream, run.Schedule);
        return stream.ToArray();
    }

    private static JsonObject Numbers(JsonNode index) => index["Optimizer"]!["Groups"]![0]!["Options"]!["Numbers"]!.AsObject();

    private static JsonArray Tensors(JsonNode index) => index["Optimizer"]!["States"]![0]!["Tensors"]!.AsArray();

    private static void Move(JsonNode from, JsonNode to)
    {
        foreach (var node in from.AsArray().ToList())
        {
            from.AsArray().Remove(node);
            node!["Name"] = "moved." + node["Name"];
            to.AsArray().Add(node);
        }
    }

    private static void Exchange(JsonArray states)
    {
        var (first, last) = (states[0], states[^1]);
        states.RemoveAt(states.Count - 1);
        states.RemoveAt(0);
        states.Insert(0, last);
        states.Add(first);
    }

    /// <summary>Loads a file that must be refused with nothing changed, and gives the message.</summary>
    private string Refuses(byte[] content)
    {
        File.WriteAllBytes(FilePath, content);
        var before = SHA256.HashData(Saved(run));
        var error = Assert.Throws<InvalidDataException>(() => run.Training.Load(FilePath, run.Schedule));
        Assert.Contains(FilePath, error.Message);
        Assert.Equal(before, SHA256.HashData(Saved(run)));
        using var stream = new MemoryStream(content);
        Assert.Throws<InvalidDataException>(() => run.Training.Load(stream, run.Schedule));
        Assert.Equal(before, SHA256.HashData(Saved(run)));
        run.Train(1);
        return error.Message;
    }
}
