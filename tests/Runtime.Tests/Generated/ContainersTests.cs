using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Generated;

/// <summary>Tensors in what a forward takes and gives: cast, on the right device, and freed unless somebody holds them.</summary>
[Collection(SerialTests.Name)]
public class ContainersTests
{
    private static readonly PrecisionPolicy True16Bit = new(Dtype.BFloat16, Dtype.BFloat16, Autocast: false);

    public static TheoryData<string, ScalarType, ScalarType, ScalarType> Policies => new()
    {
        { "region", ScalarType.Float32, ScalarType.Float32, ScalarType.Float32 },
        { "output", ScalarType.Float32, ScalarType.Float32, ScalarType.BFloat16 },
        { "true 16-bit", ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float32 },
        { "float32", ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float32 },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public void What_is_made_for_a_forward_is_freed(string policy, ScalarType given, ScalarType inside, ScalarType returned)
    {
        using var model = new SequenceModel { PrecisionPolicy = PolicyOf(policy) };
        model.CreateMasterWeights().Dispose();
        foreach (var withGraph in new[] { false, true })
        {
            using var mode = set_grad_enabled(withGraph);
            AssertNothingIsLeft(
                input =>
                {
                    var outcome = model.call(input);
                    Assert.All(outcome.Tensors, tensor => Assert.Equal(returned, tensor.dtype));
                    Assert.All(model.Inside, tensor => Assert.Equal(given != inside && inside != returned, tensor.IsInvalid));

                    return outcome;
                },
                given);
        }
    }

    [Fact]
    public void An_input_that_a_marked_member_returns_in_its_result_is_the_callers()
    {
        using var model = new SequenceHolder();
        using var mode = no_grad();
        AssertNothingIsLeft(
            input =>
            {
                var outcome = model.call(input);
                Assert.All(model.Inside, dtype => Assert.Equal(ScalarType.Float32, dtype));
                Assert.All(outcome.Tensors, tensor => Assert.False(tensor.IsInvalid));
                return outcome;
            },
            ScalarType.BFloat16);
    }

    [Fact]
    public void The_device_is_that_of_the_tensors_inside()
    {
        using var scope = NewDisposeScope();
        using var model = new SequenceModel { PrecisionPolicy = True16Bit };
        model.to(META);
        var x = ones(2, 4, device: META);

        // On the meta device nothing is cast. The length on the CPU does not decide.
        var outcome = model.call(new Sequence(ones(1), [x], (x, 1)) with { Hidden = x });
        Assert.Equal((ScalarType.Float32, DeviceType.META), (outcome.Logits.dtype, outcome.Logits.device_type));
        Assert.Equal(DeviceType.META, model.call(new Sequence(x, [ones(2, 4, device: META)], (ones(1), 1))).Logits.device_type);
    }

    [Fact]
    public void A_copy_of_a_dictionary_finds_what_the_original_finds()
    {
        using var scope = NewDisposeScope();
        using var model = new DictionaryModel();
        var x = ones(2);
        KeyValuePair<string, Tensor>[] pairs = [new("b", x), new("key", x), new("a", x)];
        var comparer = StringComparer.OrdinalIgnoreCase;
        foreach (var given in new IReadOnlyDictionary<string, Tensor>[]
        {
            new Dictionary<string, Tensor>(pairs, comparer),
            new SortedDictionary<string, Tensor>(pairs.ToDictionary(), comparer),
            new OrderedDictionary<string, Tensor>(pairs, comparer),
            new ConcurrentDictionary<string, Tensor>(pairs, comparer),
            pairs.ToImmutableDictionary(comparer),
            pairs.ToFrozenDictionary(comparer),
        })
        {
            Assert.Equal(4, model.call(given).sum().item<float>());
            Assert.NotSame(given, model.Inside);
            Assert.Equal(given.Keys, model.Inside!.Keys);
            Assert.All(given.Values, value => Assert.Same(x, value));
        }

        // Of the dtype already: the same object.
        var cast = new Dictionary<string, Tensor>(comparer) { ["key"] = ones(2, dtype: ScalarType.BFloat16) };
        model.call(cast);
        Assert.Same(cast, model.Inside);
    }

    [Fact]
    public void A_sequence_that_is_computed_is_read_once()
    {
        using var scope = NewDisposeScope();
        using var model = new ListModel();
        var reads = 0;
        var result = model.call(Enumerable.Range(1, 3).Select(i => ++reads * ones(2)), [new Parameter(ones(2))]);
        Assert.Equal((3, 10f), (reads, result.sum().item<float>()));
        Assert.IsType<List<Tensor>>(model.Inside);

        // Behind an interface an array stays an array, and what is no list becomes one.
        model.call(new[] { ones(2) }, [ones(2)]);
        Assert.IsType<Tensor[]>(model.Inside);
        model.call(ImmutableList.Create(ones(2)), [ones(2)]);
        Assert.IsType<List<Tensor>>(model.Inside);
    }

    [Fact]
    public void Parameters_in_an_array_of_tensors_are_cast_too()
    {
        using var scope = NewDisposeScope();
        using var model = new ListModel();
        Tensor[] parameters = new Parameter[] { new(ones(2)) };
        Assert.Equal(6, model.call(parameters, parameters).sum().item<float>());
        Assert.IsType<Parameter>(parameters[0]);
    }

    [Fact]
    public void What_a_container_out_of_reach_holds_is_not_freed()
    {
        using var model = new HiddenModel();
        using var x = ones(2);
        using var result = model.call([x]);
        Assert.Equal(ScalarType.BFloat16, result.dtype);
        Assert.False(x.IsInvalid);
    }

    private static PrecisionPolicy PolicyOf(string policy) => policy switch
    {
        "region" => new(Dtype.BFloat16),
        "output" => new(Dtype.BFloat16, Output: Dtype.BFloat16),
        "true 16-bit" => True16Bit,
        _ => PrecisionPolicy.Float32,
    };

    /// <summary>Runs a model on one object, which must stay as it is, and disposes its results.</summary>
    private static void AssertNothingIsLeft(Func<Sequence, Outcome> run, ScalarType given)
    {
        using var kept = NewDisposeScope();
        Tensor[] tensors = [randn(2, 4, dtype: given), randn(2, 4, dtype: given), randn(2, 4, dtype: given)];
        var input = new Sequence(tensors[0], [tensors[1]], (tensors[2], 2));
        var before = 0L;
        for (var i = 0; i < 10; i++)
        {
            foreach (var tensor in run(input).Tensors.Except(tensors, ReferenceEqualityComparer.Instance).Cast<Tensor>())
            {
                tensor.Dispose();
            }

            Assert.Equal(tensors, [input.Hidden, input.Parts[0], input.Rest.Mask], ReferenceEqualityComparer.Instance);
            Assert.All(tensors, tensor => Assert.False(tensor.IsInvalid));
            before = i == 0 ? Tensor.TotalCount : before;
        }

        Assert.Equal(before, Tensor.TotalCount);
    }
}
