using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.MasterWeights;

/// <summary>What is stored how, and what masters keep that 16-bit weights lose.</summary>
public class MasterWeightsTests
{
    private static Precision.MasterWeights Create(IMixedPrecisionModule model) => model.CreateMasterWeights();

    private static StorageModel Model(PrecisionPolicy? policy = null)
    {
        var model = new StorageModel();
        model.PrecisionPolicy = policy ?? model.PrecisionPolicy;
        return model;
    }

    private static PrecisionPolicy Region(Dtype dtype) => new(dtype, dtype);

    private static PrecisionPolicy True16(Dtype dtype) => new(dtype, dtype, Autocast: false);

    private static void Backward(StorageModel model)
    {
        using var scope = NewDisposeScope();
        model.call(randn(5, 6)).square().sum().backward();
    }

    [Theory]
    [InlineData(Dtype.BFloat16, true, ScalarType.BFloat16, ScalarType.Float32)]
    [InlineData(Dtype.Float16, true, ScalarType.Float16, ScalarType.Float32)]
    [InlineData(Dtype.BFloat16, false, ScalarType.BFloat16, ScalarType.BFloat16)]
    public void Everything_is_stored_as_its_rule_says(Dtype dtype, bool autocast, ScalarType policy, ScalarType norm)
    {
        using var model = Model(new PrecisionPolicy(dtype, dtype, Autocast: autocast));
        using var masters = Create(model);
        var expected = new Dictionary<string, ScalarType>
        {
            ["input.weight"] = policy,
            ["input.bias"] = policy,
            ["hidden.linear.weight"] = policy,
            ["hidden.linear.bias"] = policy,
            ["hidden.norm.weight"] = norm,
            ["hidden.norm.bias"] = norm,
            ["router.weight"] = ScalarType.Float32,
            ["router.bias"] = ScalarType.Float32,
            ["full.linear.weight"] = ScalarType.Float32,
            ["full.linear.bias"] = ScalarType.Float32,
            ["statistics.weight"] = ScalarType.Float32,
            ["statistics.bias"] = ScalarType.Float32,
            ["statistics.running_mean"] = ScalarType.Float32,
            ["statistics.running_var"] = ScalarType.Float32,
            ["statistics.num_batches_tracked"] = ScalarType.Int64,
            ["scale"] = policy,
            ["table"] = policy,
            ["index"] = ScalarType.Int64,
            ["output.weight"] = policy,
            ["output.bias"] = policy,
        };
        Assert.Equal(
            expected.OrderBy(entry => entry.Key),
            model.state_dict().Select(entry => KeyValuePair.Create(entry.Key, entry.Value.dtype)).OrderBy(entry => entry.Key));
        Assert.Equal(model.named_parameters().Select(p => p.name), masters.named_parameters().Select(p => p.name));
        Assert.All(masters.Parameters, master => Assert.Equal(ScalarType.Float32, master.dtype));
        Assert.Equal(
            model.named_parameters().Select(p => (p.name, p.parameter.dtype, p.parameter.dtype != ScalarType.Float32)),
            masters.Storage.Select(stored => (stored.Name, stored.Dtype, stored.HasMaster)));
        Assert.Contains("[FullPrecision]", masters.Storage.Single(stored => stored.Name == "router.weight").Reason);
    }

    [Fact]
    public void Making_them_leaves_nothing_to_the_callers_scope()
    {
        using var model = new StorageModel();
        using var scope = NewDisposeScope();
        using var masters = model.CreateMasterWeights();
        Assert.Empty(scope.DisposablesView);
    }

    [Fact]
    public void A_float32_policy_needs_no_masters_and_brings_16_bit_weights_back_to_float32()
    {
        using var model = Model(PrecisionPolicy.Float32);
        using (no_grad())
        {
            model.Input.to(ScalarType.BFloat16);
        }

        using var masters = Create(model);
        Assert.All(masters.Storage, stored => Assert.Equal((ScalarType.Float32, false), (stored.Dtype, stored.HasMaster)));
        Assert.All(model.named_parameters(), named => Assert.Same(named.parameter, masters[named.name]));
    }

    [Fact]
    public void Parameters_stay_the_objects_they_are_and_masters_have_the_unrounded_values()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var before = model.named_parameters().ToDictionary(p => p.name, p => (p.parameter, p.parameter.Handle, Value: p.parameter.detach().clone()));
        using var masters = Create(model);
        foreach (var (name, parameter) in model.named_parameters())
        {
            Assert.Same(before[name].parameter, parameter);
            Assert.Equal(before[name].Handle, parameter.Handle);
            Assert.True(Bits.Equal(masters[name], before[name].Value), name);
            Assert.True(Bits.Equal(parameter, before[name].Value.to(parameter.dtype)), name);
        }
    }

    [Fact]
    public void Tied_weights_have_one_master_and_stay_tied()
    {
        using var model = new TinyLanguageModel { PrecisionPolicy = Region(Dtype.BFloat16) };
        using var masters = Create(model);
        Assert.Equal(VariableData.Identity(model.Tokens.weight!), VariableData.Identity(model.Head.weight));
        Assert.Single(masters.named_parameters(), named => named.name is "tokens.weight" or "head.weight");
        using (no_grad())
        {
            masters["tokens.weight"].fill_(2);
        }

        masters.CopyToModel();
        Assert.Equal(2, model.Head.weight.mean().to(ScalarType.Float32).item<float>());
    }

    [Fact]
    public void Native_layers_train_with_16_bit_parameters()
    {
        using var scope = NewDisposeScope();
        using var model = new NativeLayers();
        using var masters = Create(model);
        Assert.Equal(8, masters.Storage.Count(stored => stored.HasMaster));
        model.call(randn(5, 2, 8)).sum().backward();
        masters.CopyGradients();
        Assert.All(masters.Parameters, master => Assert.Equal(ScalarType.Float32, master.grad!.dtype));
    }

    [Fact]
    public void Frozen_parameters_are_stored_as_the_policy_says_without_masters()
    {
        using var model = Model();
        model.Input.weight!.requires_grad = false;
        using var masters = Create(model);
        var stored = masters.Storage.Single(stored => stored.Name == "input.weight");
        Assert.Equal((ScalarType.BFloat16, false), (stored.Dtype, stored.HasMaster));
        Assert.Throws<KeyNotFoundException>(() => masters["input.weight"]);
        model.Input.weight!.requires_grad = true;
        Assert.Contains("input.weight", Assert.Throws<InvalidOperationException>(() => masters.CopyGradients()).Message);
    }

    [Fact]
    public void Gradients_are_moved_to_the_masters_as_float32()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var masters = Create(model);
        Backward(model);
        var expected = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.clone());
        masters.CopyGradients();
        foreach (var (name, parameter) in model.named_parameters())
        {
            Assert.True(Bits.Equal(masters[name].grad!, expected[name].to(ScalarType.Float32)), name);
            Assert.Equal(parameter.dtype is ScalarType.Float32, parameter.grad is not null);
        }
    }

    [Fact]
    public void Gradients_of_micro_batches_are_added_in_float32()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var masters = Create(model);
        var weight = model.Input.weight!;

        // 256 + 1 is 256 in bfloat16.
        weight.grad = full_like(weight, 256);
        masters.CopyGradients();
        for (var i = 0; i < 3; i++)
        {
            weight.grad = full_like(weight, 1);
            masters.CopyGradients(accumulate: true);
        }

        Assert.Equal(259, masters["input.weight"].grad!.max().item<float>());
        Assert.Equal(259, masters["input.weight"].grad!.min().item<float>());

        // Calling it again changes nothing.
        masters.CopyGradients();
        masters.CopyGradients(accumulate: true);
        Assert.Equal(259, masters["input.weight"].grad!.max().item<float>());

        // The next step starts over, and a parameter without a gradient is not updated by the last one's.
        masters.CopyToModel();
        masters.CopyGradients();
        Assert.Null(masters["input.weight"].grad);
    }

    [Fact]
    public void Updates_below_a_weights_last_bit_add_up_as_in_float32()
    {
        using var scope = NewDisposeScope();
        var layer = Linear(4, 4, hasBias: false);
        using (no_grad())
        {
            layer.weight!.fill_(1);
        }

        using var model = new Wrapper(layer);
        using var masters = Create(model);
        using var optimizer = new FusedSGD(masters.named_parameters(), lr: 1e-3);
        for (var i = 0; i < 100; i++)
        {
            layer.weight!.grad = full_like(layer.weight, -1);
            masters.CopyGradients();
            optimizer.step();
            masters.CopyToModel();
        }

        // In bfloat16 alone 1 + 0.001 is 1: the weight would not have moved at all.
        Assert.Equal(1.1, masters["inner.weight"].mean().item<float>(), 1e-5);
        Assert.Equal(ScalarType.BFloat16, layer.weight!.dtype);
        Assert.True(Bits.Equal(layer.weight!, masters["inner.weight"].to(ScalarType.BFloat16)));
    }

    [Fact]
    public void Marked_members_stay_float32_under_whatever_name_they_are_registered()
    {
        using var scope = NewDisposeScope();
        var model = new MarkedModel();
        using var masters = model.CreateMasterWeights();
        var float32 = model.named_parameters().Where(pair => pair.parameter.dtype is ScalarType.Float32).Select(pair => pair.name);
        Assert.Equal(
            ["<Property>k__BackingField.bias", "<Property>k__BackingField.weight", "block.marked.bias", "block.marked.weight", "renamed.bias", "renamed.weight", "scale"],
            float32.Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, Action<StorageModel>> WaysToLoad => new()
    {
        { "copy_", static model => { using var _ = no_grad(); model.Input.weight!.copy_(rand_like(model.Input.weight)); } },
        { "load_state_dict", static model => { using var other = Bf16Copy(); model.load_state_dict(other.state_dict()); } },
        { "load", static model => LoadFromFile(model) },
    };

    private static StorageModel Bf16Copy()
    {
        var other = Model();
        Create(other).Dispose();
        return other;
    }

    private static void LoadFromFile(StorageModel model)
    {
        var path = Path.GetTempFileName();
        try
        {
            using var other = Bf16Copy();
            other.save(path);
            model.load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [MemberData(nameof(WaysToLoad))]
    public void Weights_that_come_into_the_model_later_are_not_overwritten(string way, Action<StorageModel> load)
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var masters = Create(model);
        load(model);
        var loaded = model.Input.weight!.detach().clone();
        var error = Assert.Throws<InvalidOperationException>(() => masters.CopyToModel());
        Assert.Contains(nameof(masters.CopyFromModel), error.Message);
        Assert.Contains("16-bit parameter '", error.Message);
        Assert.True(Bits.Equal(model.Input.weight!, loaded), way);

        masters.CopyFromModel();
        masters.CopyToModel();
        Assert.True(Bits.Equal(model.Input.weight!, loaded), way);
        Assert.True(Bits.Equal(masters["input.weight"], loaded.to(ScalarType.Float32)), way);
    }

    [Fact]
    public void Changes_of_the_model_can_be_discarded()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var masters = Create(model);
        var before = model.Input.weight!.detach().clone();
        LoadFromFile(model);
        masters.CopyToModel(overwriteChanges: true);
        Assert.True(Bits.Equal(model.Input.weight!, before));
        masters.CopyToModel();
    }

    [Fact]
    public void Training_itself_is_not_taken_for_a_change()
    {
        using var model = Model();
        using var masters = Create(model);
        using var optimizer = new FusedAdamW(masters.named_parameters());
        for (var i = 0; i < 5; i++)
        {
            Backward(model);
            masters.CopyGradients();
            optimizer.step();
            masters.CopyToModel();
        }
    }

    [Fact]
    public void Parameters_that_were_replaced_are_noticed()
    {
        using var model = Model();
        using var masters = Create(model);
        model.to(ScalarType.Float64);
        foreach (var use in new Action[] { () => masters.CopyToModel(), masters.CopyFromModel, () => masters.CopyGradients() })
        {
            Assert.Contains("model.to(", Assert.Throws<InvalidOperationException>(use).Message);
        }
    }

    [Fact]
    public void State_goes_from_masters_to_masters_exactly()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var masters = Create(model);
        using var other = Model();
        using var otherMasters = Create(other);
        otherMasters.load_state_dict(masters.state_dict());
        Assert.Equal(model.named_parameters().Select(p => p.name), masters.state_dict().Keys);
        foreach (var (name, master) in masters.named_parameters())
        {
            Assert.True(Bits.Equal(master, otherMasters[name]), name);
        }

        Assert.True(Bits.Equal(model.Input.weight!, other.Input.weight!));
        otherMasters.CopyToModel();
    }

    [Fact]
    public void A_state_of_other_names_or_shapes_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var masters = Create(model);
        var before = masters["scale"].clone();
        var state = masters.state_dict().ToDictionary(entry => entry.Key, entry => rand_like(entry.Value));
        var lacking = state.Where(entry => entry.Key != "output.bias").ToDictionary();
        Assert.Contains("output.bias", Assert.Throws<ArgumentException>(() => masters.load_state_dict(lacking)).Message);
        state["output.bias"] = rand(4);
        Assert.Throws<ArgumentException>(() => masters.load_state_dict(state));
        Assert.True(Bits.Equal(masters["scale"], before));
        masters.load_state_dict(lacking, strict: false);
        Assert.True(Bits.Equal(masters["scale"], state["scale"]));
    }

    public static TheoryData<string, Func<Tensor, Tensor>> TensorsThatAreNoWeights => new()
    {
        { "meta", static like => empty_like(like, device: META) },
        { "QInt8", static like => quantize_per_tensor(like.detach().cpu(), 0.1, 0, ScalarType.QInt8) },
        { "QUInt8", static like => quantize_per_tensor(like.detach().cpu(), 0.1, 3, ScalarType.QUInt8) },
        { "sparse", static like => like.detach().to_sparse() },
        { "ComplexFloat32", static like => like.detach().to(ScalarType.ComplexFloat32) },
        { "ComplexFloat64", static like => like.detach().to(ScalarType.ComplexFloat64) },
        { "disposed", static like => { var tensor = like.detach().clone(); tensor.Dispose(); return tensor; } },
        { "null", static like => null! },
        { "Float32[1]", static like => zeros(1) },
    };

    [Theory]
    [MemberData(nameof(TensorsThatAreNoWeights), DisableDiscoveryEnumeration = true)]
    public void A_state_with_a_tensor_that_is_no_weight_changes_nothing(string kind, Func<Tensor, Tensor> make)
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var masters = Create(model);
        var before = masters.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        var modelBefore = model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());

        // The last of them, so that all others would have been copied.
        var state = masters.state_dict().ToDictionary(entry => entry.Key, entry => rand_like(entry.Value));
        state["output.bias"] = make(masters["output.bias"]);
        foreach (var strict in new[] { true, false })
        {
            var error = Assert.Throws<ArgumentException>(() => masters.load_state_dict(state, strict));
            Assert.Contains("'output.bias'", error.Message);
            Assert.Contains(kind, error.Message);
        }

        Assert.All(before, entry => Assert.True(Bits.Equal(entry.Value, masters[entry.Key]), entry.Key));
        Assert.All(modelBefore, entry => Assert.True(Bits.Equal(entry.Value, model.state_dict()[entry.Key]), entry.Key));
        masters.CopyToModel();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    public void A_step_is_the_same_number_of_native_calls_for_any_number_of_parameters(int layers)
    {
        using var scope = NewDisposeScope();
        using var model = new Wrapper(Sequential([.. Enumerable.Range(0, layers).Select(i => ($"l{i}", (Module<Tensor, Tensor>)Linear(4, 4)))]));
        using var masters = Create(model);
        using var optimizer = new FusedAdamW(masters.named_parameters());
        model.call(rand(2, 4)).sum().backward();
        var before = DispatcherCall.Count;
        masters.CopyGradients();
        optimizer.step();
        masters.CopyToModel();
        Assert.Equal(3, DispatcherCall.Count - before);
    }

    [Fact]
    public void Inference_mode_is_refused_instead_of_a_crash()
    {
        using (inference_mode())
        {
            using var inside = new Wrapper(Linear(2, 2));
            Assert.Contains("inference_mode", Assert.Throws<InvalidOperationException>(() => Create(inside)).Message);
        }

        Wrapper made;
        using (inference_mode())
        {
            made = new Wrapper(Linear(2, 2));
        }

        Assert.Contains("inner.weight", Assert.Throws<InvalidOperationException>(() => Create(made)).Message);
    }

    [Fact]
    public void Disposed_masters_say_so()
    {
        using var model = Model();
        var masters = Create(model);
        masters.Dispose();
        masters.Dispose();
        Assert.Throws<ObjectDisposedException>(() => masters.CopyGradients());
        Assert.Throws<ObjectDisposedException>(() => masters.CopyToModel());
        Assert.Throws<ObjectDisposedException>(() => masters.state_dict());
        Assert.False(model.Input.weight!.IsInvalid);
    }
}

/// <summary>Any layer, with 16-bit parameters.</summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
public sealed partial class Wrapper : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> inner;

    public Wrapper(Module<Tensor, Tensor> inner)
        : base(nameof(Wrapper))
    {
        this.inner = inner;
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x) => inner.call(x);
}
