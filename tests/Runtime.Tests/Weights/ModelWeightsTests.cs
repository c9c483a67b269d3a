using System.Collections;
using Precision.Optim;
using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.PyBridge;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Weights;

/// <summary>Weights of a trained model with 16-bit parameters, in every other model and format that they are wanted in.</summary>
public sealed class ModelWeightsTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("precision-weights-").FullName;
    private readonly Sixteen trained = new();
    private readonly MixedPrecisionTraining training;

    public ModelWeightsTests()
    {
        training = MixedPrecisionTraining.Create(trained, static named => new FusedAdamW(named, lr: 1e-2));
        for (var i = 0; i < 3; i++)
        {
            training.Backward(trained.call(randn(4, 1, 8, 8)).square().mean());
            training.Step();
        }
    }

    public void Dispose()
    {
        training.Dispose();
        trained.Dispose();
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_module_file_loads_into_a_new_instance_for_inference(bool convertFirst)
    {
        trained.save(At("weights.dat"));
        using var model = new Sixteen();
        if (convertFirst)
        {
            model.ConvertParameters();
        }

        model.LoadWeights(At("weights.dat"));
        model.ConvertParameters();
        AssertSame(trained.state_dict(), model.state_dict());
        Assert.Equal(ScalarType.BFloat16, model.state_dict()["conv.weight"].dtype);
        Assert.Equal(ScalarType.Float32, model.state_dict()["norm.running_mean"].dtype);
        AssertSameOutputs(model);

        // What TorchSharp itself loads, now that the dtypes are the file's.
        using var other = new Sixteen();
        other.ConvertParameters();
        other.load(At("weights.dat"));
        AssertSame(trained.state_dict(), other.state_dict());
    }

    [Fact]
    public void Without_masters_a_model_takes_half_the_memory()
    {
        using var model = new Sixteen();
        var before = Bytes(model);
        var tied = model.state_dict()["tied.weight"].Handle;
        model.ConvertParameters();
        Assert.True(Bytes(model) < 0.75 * before, $"{Bytes(model)} of {before} bytes");
        Assert.Equal(tied, model.state_dict()["tied.weight"].Handle);

        static long Bytes(nn.Module module) => module.state_dict().Values.DistinctBy(t => t.Handle).Sum(t => t.numel() * t.element_size());
    }

    [Fact]
    public void A_module_file_loads_into_the_plain_float32_class()
    {
        trained.save(At("weights.dat"));
        using var plain = new Plain();
        plain.LoadWeights(At("weights.dat"));
        Assert.All(plain.state_dict(), entry => Assert.True(entry.Value.dtype is ScalarType.Float32 or ScalarType.Int64));
        AssertSame(trained.state_dict().ToDictionary(e => e.Key, e => e.Value.dtype is ScalarType.BFloat16 ? e.Value.to(ScalarType.Float32) : e.Value), plain.state_dict());

        // And back: float32 values are rounded to the model's.
        plain.save(At("plain.dat"));
        using var model = new Sixteen();
        model.ConvertParameters();
        model.LoadWeights(At("plain.dat"));
        AssertSame(trained.state_dict(), model.state_dict());
    }

    [Fact]
    public void A_checkpoint_gives_its_masters_without_its_optimizer()
    {
        training.Save(At("run.checkpoint"));
        var weights = ModelWeights.Read(At("run.checkpoint"));
        AssertSame(Expected(), weights);
        using var plain = new Plain();
        plain.LoadWeights(At("run.checkpoint"));
        AssertSame(Expected(), plain.state_dict());
        using var model = new Sixteen();
        model.ConvertParameters();
        model.LoadWeights(At("run.checkpoint"));
        AssertSame(trained.state_dict(), model.state_dict());
        AssertSameOutputs(model);
    }

    [Fact]
    public void The_float32_export_has_masters_and_buffers()
    {
        var export = trained.ExportFloat32(training.MasterWeights);
        AssertSame(Expected(), export);
        Assert.Same(export["tied.weight"], export["linear.weight"]);

        // Copies: training on does not change them.
        var before = export["conv.weight"].clone();
        training.Backward(trained.call(randn(4, 1, 8, 8)).square().mean());
        training.Step();
        Assert.True(Bits.Equal(before, export["conv.weight"]));

        // Without masters the model's own values.
        Assert.True(Bits.Equal(trained.state_dict()["conv.weight"].to(ScalarType.Float32), trained.ExportFloat32()["conv.weight"]));
        using var plain = new Plain();
        plain.load_state_dict(export);
        Assert.True(Bits.Equal(plain.state_dict()["norm.running_var"], export["norm.running_var"]));
    }

    [Fact]
    public void An_export_that_would_lack_something_is_refused()
    {
        using var other = new Sixteen();
        Assert.Throws<ArgumentException>(() => other.ExportFloat32(training.MasterWeights));
        trained.load_state_dict(other.state_dict());
        Assert.Throws<InvalidOperationException>(() => trained.ExportFloat32(training.MasterWeights));
        training.MasterWeights.CopyFromModel();
        Assert.NotEmpty(trained.ExportFloat32(training.MasterWeights));
    }

    [Fact]
    public void PyTorch_files_go_out_and_in()
    {
        PyTorchPickler.PickleStateDict(At("weights.pt"), trained.ExportFloat32(training.MasterWeights));
        AssertSame(Expected(), FromPyTorch(At("weights.pt")));
        using var plain = new Plain();
        plain.load_state_dict(FromPyTorch(At("weights.pt")));
        AssertSame(Expected(), plain.state_dict());

        // A 16-bit model takes them as well, and gives its own.
        using var model = new Sixteen();
        model.load_state_dict(FromPyTorch(At("weights.pt")));
        model.ConvertParameters();
        AssertSame(trained.state_dict(), model.state_dict());
        trained.save_py(At("sixteen.pt"));
        using var other = new Sixteen();
        other.ConvertParameters();
        other.load_state_dict(FromPyTorch(At("sixteen.pt")));
        AssertSame(trained.state_dict(), other.state_dict());

        // load_py of PyBridge 1.4.4 reads streams that .NET 10 has closed.
        static Dictionary<string, Tensor> FromPyTorch(string path)
            => PyTorchUnpickler.UnpickleStateDict(path).Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (Tensor)e.Value!);
    }

    [Fact]
    public void Safetensors_go_out_and_in()
    {
        Safetensors.SaveStateDict(At("weights.safetensors"), trained.ExportFloat32(training.MasterWeights));
        AssertSame(Expected(), Safetensors.LoadStateDict(At("weights.safetensors")));
        using var plain = new Plain();
        plain.load_safetensors(At("weights.safetensors"));
        AssertSame(Expected(), plain.state_dict());

        trained.save_safetensors(At("sixteen.safetensors"));
        using var model = new Sixteen();
        model.ConvertParameters();
        model.load_safetensors(At("sixteen.safetensors"));
        AssertSame(trained.state_dict(), model.state_dict());
    }

    [Fact]
    public void Wrong_files_are_refused_with_nothing_changed()
    {
        trained.save(At("weights.dat"));
        var module = File.ReadAllBytes(At("weights.dat"));
        training.Save(At("run.checkpoint"));
        var checkpoint = File.ReadAllBytes(At("run.checkpoint"));
        using var plain = new Plain();
        plain.save_py(At("weights.pt"));
        plain.save_safetensors(At("weights.safetensors"));
        using var linear = Linear(3, 2);
        linear.save(At("linear.dat"));
        var before = plain.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        foreach (var content in new[]
        {
            [], [0xFF], File.ReadAllBytes(At("weights.pt")), File.ReadAllBytes(At("weights.safetensors")), File.ReadAllBytes(At("linear.dat")),
            module[..^1], module[..(module.Length / 2)], module[..1], [.. module, 0], [0x7F, .. module[1..]], "ten bytes."u8.ToArray(),
            [.. Enumerable.Repeat((byte)0xFF, 20)], checkpoint[..^1], [.. checkpoint, 0], CheckpointBroken(checkpoint),
        })
        {
            File.WriteAllBytes(At("wrong"), content);
            Assert.Contains(At("wrong"), Assert.Throws<InvalidDataException>(() => plain.LoadWeights(At("wrong"))).Message);
            AssertSame(before, plain.state_dict());
        }

        static byte[] CheckpointBroken(byte[] file)
        {
            byte[] copy = [.. file];
            copy[100] ^= 4;
            return copy;
        }
    }

    [Fact]
    public void A_model_without_numbers_cannot_be_loaded_into()
    {
        using var source = Linear(3, 2);
        source.save(At("linear.dat"));
        using var meta = Linear(3, 2, device: META);
        Assert.Contains("meta device", Assert.Throws<InvalidDataException>(() => meta.LoadWeights(At("linear.dat"))).Message);
    }

    [Fact]
    public void Random_damage_of_a_module_file_never_ends_otherwise()
    {
        using var plain = new Plain();
        plain.save(At("weights.dat"));
        var whole = File.ReadAllBytes(At("weights.dat"));
        for (var i = 0; i < 300; i++)
        {
            byte[] content = [.. whole];

            // Mostly where names and shapes are.
            content[Random.Shared.Next(i % 2 == 0 ? 60 : content.Length)] ^= (byte)(1 << Random.Shared.Next(8));
            content = i % 3 == 0 ? content[..Random.Shared.Next(content.Length)] : content;
            File.WriteAllBytes(At("damaged"), content);
            using var inner = NewDisposeScope();
            try
            {
                plain.LoadWeights(At("damaged"));
            }
            catch (InvalidDataException error)
            {
                Assert.Contains(At("damaged"), error.Message);
            }
        }
    }

    [Fact]
    public void Names_that_differ_are_said_or_left()
    {
        trained.save(At("weights.dat"));
        using var other = new Other();
        var error = Assert.Throws<InvalidDataException>(() => other.LoadWeights(At("weights.dat")));
        Assert.Contains("head.weight", error.Message);
        other.LoadWeights(At("weights.dat"), strict: false);
        Assert.True(Bits.Equal(trained.state_dict()["conv.weight"].to(ScalarType.Float32), other.state_dict()["conv.weight"]));
    }

    [Fact]
    public void Read_tensors_belong_to_the_scope()
    {
        trained.save(At("weights.dat"));
        training.Save(At("run.checkpoint"));
        foreach (var file in new[] { "weights.dat", "run.checkpoint" })
        {
            Dictionary<string, Tensor> weights;
            using (NewDisposeScope())
            {
                weights = ModelWeights.Read(At(file));
                Assert.Equal(trained.state_dict().Keys.Order(), weights.Keys.Order());
            }

            Assert.All(weights.Values, static weight => Assert.True(weight.IsInvalid));
        }
    }

    [Fact]
    public void Parameters_are_not_converted_in_inference_mode()
    {
        using var model = new Sixteen();
        using (inference_mode())
        {
            Assert.Throws<InvalidOperationException>(() => model.ConvertParameters());
        }

        Assert.Throws<ArgumentNullException>(() => ((Sixteen)null!).ConvertParameters());
        Assert.Equal(ScalarType.Float32, model.state_dict()["conv.weight"].dtype);
    }

    private string At(string name) => Path.Combine(folder, name);

    private Dictionary<string, Tensor> Expected()
        => trained.state_dict().ToDictionary(
            entry => entry.Key,
            entry => training.MasterWeights.state_dict().GetValueOrDefault(entry.Key == "tied.weight" ? "linear.weight" : entry.Key, entry.Value));

    private static void AssertSame(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.All(expected, entry => Assert.True(Bits.Equal(entry.Value, actual[entry.Key]), entry.Key));
    }

    private void AssertSameOutputs(Sixteen model)
    {
        using var _ = no_grad();
        var x = randn(2, 1, 8, 8);
        trained.eval();
        model.eval();
        Assert.True(Bits.Equal(trained.call(x), model.call(x)));
        trained.train();
    }
}
