using Precision.Inspection;
using Precision.Runtime.Tests.MasterWeights;
using Precision.Runtime.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Inspection;

/// <summary>The plan that is read from a model's modules agrees with what the modules do.</summary>
public class PrecisionPlanTests
{
    [Fact]
    public void Each_module_has_a_row_with_dtypes_and_reasons()
    {
        using var model = new StorageModel();
        var plan = PrecisionPlan.Of(model);
        Assert.Equal(
            model.named_modules().Select(static named => named.name).Prepend("").Order(StringComparer.Ordinal),
            plan.Rows.Select(static row => row.Path).Order(StringComparer.Ordinal));
        AssertRow("", "StorageModel", "", "", "opens a region in BFloat16");
        AssertRow("input", "Linear", "BFloat16", "BFloat16", "lower-precision list", "BFloat16", "policy of StorageModel");
        AssertRow("hidden.norm", "LayerNorm", "Float32", "as given", "CUDA: float32 list; CPU: unlisted", "Float32", "LayerNorm in a region");
        AssertRow("router", "Linear", "Float32", "Float32", "[FullPrecision]: autocast off", "Float32", "[FullPrecision] on router");
        AssertRow("full.linear", "Linear", "Float32", "Float32", "autocast off", "Float32", "[FullPrecision] on FullPrecisionLayer");
        Assert.StartsWith("| module | class |", plan.ToString(), StringComparison.Ordinal);
        Assert.Equal(plan.Rows.Count + 2, plan.ToString().Split('\n').Length - 1);

        void AssertRow(string path, string module, string cuda, string cpu, string why, string parameters = "", string storage = "")
        {
            var row = plan.Rows.Single(row => row.Path == path);
            Assert.Equal((module, cuda, cpu), (row.Module, row.Cuda, row.Cpu));
            Assert.Contains(why, row.Why);
            if (parameters.Length > 0)
            {
                Assert.Equal(parameters, row.Parameters);
                Assert.Contains(storage, row.Storage);
            }
        }
    }

    [Theory]
    [InlineData(Dtype.BFloat16, true)]
    [InlineData(Dtype.Float16, true)]
    [InlineData(Dtype.BFloat16, false)]
    [InlineData(Dtype.Float32, true)]
    public void Dtypes_on_the_CPU_are_those_of_a_forward(Dtype compute, bool autocast)
    {
        using var scope = NewDisposeScope();
        using var model = new TinyLanguageModel
        {
            PrecisionPolicy = new PrecisionPolicy(compute, autocast ? Dtype.Float32 : compute, Autocast: autocast),
        };
        using var masters = model.CreateMasterWeights();
        var seen = new Dictionary<string, ScalarType>();
        foreach (var (name, module) in model.named_modules())
        {
            if (module is Module<Tensor, Tensor> one)
            {
                one.register_forward_hook((_, _, output) =>
                {
                    seen[name] = output.dtype;
                    return output;
                });
            }
        }

        model.call(Corpus.Batch());
        var checkedRows = 0;
        foreach (var row in PrecisionPlan.Of(model).Rows.Where(row => seen.ContainsKey(row.Path)))
        {
            if (Enum.TryParse<ScalarType>(row.Cpu, out var dtype))
            {
                Assert.True(seen[row.Path] == dtype, $"{row}: {seen[row.Path]}");
                checkedRows++;
            }
        }

        Assert.True(checkedRows >= 3, $"{checkedRows}");
        Assert.All(
            PrecisionPlan.Of(model).Rows.Where(static row => row.Parameters.Length > 0),
            row => Assert.Contains(
                row.Parameters,
                model.named_modules().Single(named => named.name == row.Path).module.parameters(recurse: false).Select(static p => p.dtype.ToString())));
    }

    [Fact]
    public void A_softmax_in_a_Sequential_and_a_model_of_another_assembly_are_seen()
    {
        using var model = new Wrapper(Sequential(("linear", Linear(4, 4)), ("weights", Softmax(-1))));
        var row = PrecisionPlan.Of(model).Rows.Single(static row => row.Module == "Softmax");
        Assert.Equal(("inner.weights", "as given"), (row.Path, row.Cuda));
        Assert.Contains("TorchSharp names the input's dtype", row.Why);
        var plain = PrecisionPlan.Of(Sequential(("linear", Linear(4, 4))));
        Assert.Contains("no annotated class", plain.Rows[1].Why);
    }
}
