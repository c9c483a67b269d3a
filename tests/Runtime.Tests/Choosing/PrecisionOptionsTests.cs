using Microsoft.Extensions.Configuration;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Choosing;

public sealed class PrecisionOptionsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private static PrecisionPolicy Declared => PrecisionPolicy.DeclaredBy(typeof(Outer));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_configuration_file_of_h2o_llm_studio_gives_the_policy_and_what_does_not_apply_is_told()
    {
        var options = PrecisionOptions.From(Yaml("""
            architecture:
                backbone_dtype: int4
                gradient_checkpointing: true
                pretrained_weights: ''
            augmentation:
                token_mask_probability: 0.0
            dataset:
                parent_id_column: None
                prompt_column:
                - instruction
                - context
            environment:
                gpus:
                - '0'
                mixed_precision: true
                mixed_precision_dtype: float16
                seed: -1
            experiment_name: whale
            training:
                grad_accumulation: 4
                gradient_clip: 0.5
                learning_rate: 0.0001
            """));

        Assert.Equal(new PrecisionPolicy(Dtype.Float16), options.Policy(Declared));
        Assert.Equal(0.5, options.GradientClip);
        Assert.Equal(4, options.GradAccumulation);
        Assert.Equal(1, options.Gpus);
        Assert.Null(options.ShardOptimizer);
        Assert.Equal(
            "Does not apply here: architecture.backbone_dtype int4, which is for frozen weights; 8 keys that say nothing about "
            + "precision (in architecture, augmentation, dataset, environment, experiment_name, training).",
            options.Ignored);
    }

    [Fact]
    public void Each_source_overrides_the_one_before_it()
    {
        var file = Json("""{ "environment": { "mixed_precision_dtype": "float16", "mixed_precision": true }, "training": { "gradient_clip": 2 } }""");
        const string key = "PRECISION_environment__mixed_precision_dtype";
        Environment.SetEnvironmentVariable(key, "auto");
        try
        {
            IConfigurationBuilder Builder(int sources)
            {
                IConfigurationBuilder builder = new ConfigurationBuilder();
                builder = sources > 0 ? builder.AddConfiguration(file) : builder;
                builder = sources > 1 ? builder.AddEnvironmentVariables("PRECISION_") : builder;
                return sources > 2 ? builder.AddCommandLine(["--environment:mixed_precision=false"]) : builder;
            }

            Assert.Equal(
                [Dtype.BFloat16, Dtype.Float16, Dtype.Auto, Dtype.Float32],
                Enumerable.Range(0, 4).Select(sources => PrecisionOptions.From(Builder(sources).Build()).Policy(Declared).Compute));
            Assert.Equal(2, PrecisionOptions.From(Builder(3).Build()).GradientClip);
        }
        finally
        {
            Environment.SetEnvironmentVariable(key, null);
        }
    }

    [Theory]
    [InlineData("environment:mixed_precision", "maybe", "true, false")]
    [InlineData("environment:mixed_precision_dtype", "fp8", "bfloat16, float16, auto")]
    [InlineData("environment:mixed_precision_dtype", "float32", "set environment.mixed_precision to false")]
    [InlineData("environment:mixed_precision_dtype", "", "bfloat16, float16, auto")]
    [InlineData("architecture:backbone_dtype", "float64", "float32, bfloat16, float16, auto, int8, int4")]
    [InlineData("environment:gpus", "2", "lists such as ['0', '1']")]
    [InlineData("environment:gpus:1", "first", "whole numbers from 0")]
    [InlineData("environment:use_deepspeed", "ZeRO2", "true, false")]
    [InlineData("environment:deepspeed_method", "ZeRO1", "ZeRO2, ZeRO3")]
    [InlineData("training:gradient_clip", "-1", "numbers from 0")]
    [InlineData("training:gradient_clip", "NaN", "numbers from 0")]
    [InlineData("training:grad_accumulation", "0", "whole numbers from 1")]
    [InlineData("training:grad_accumulation", "1.5", "whole numbers from 1")]
    public void A_wrong_value_is_told_with_its_key_and_the_allowed_ones(string key, string value, string allowed)
    {
        var error = Assert.Throws<PrecisionOptionsException>(() => Options((key, value)));
        Assert.Equal(key.Replace(':', '.'), error.Key);
        Assert.Equal(value, error.Value);
        Assert.Contains(error.Key, error.Message);
        Assert.Contains($"'{value}'", error.Message);
        Assert.Contains(allowed, error.Message);
    }

    [Fact]
    public void A_wrong_value_is_told_with_the_file_that_gives_it()
        => Assert.Contains("cfg.yaml", Assert.Throws<PrecisionOptionsException>(
            () => PrecisionOptions.From(Yaml("environment:\n  mixed_precision_dtype: fp8\n"))).Message);

    [Theory]
    [InlineData(null, null, null, Dtype.BFloat16, Dtype.Float32, true)]
    [InlineData("True", null, null, Dtype.BFloat16, Dtype.Float32, true)]
    [InlineData("no", null, null, Dtype.Float32, Dtype.Float32, true)]
    [InlineData("false", "float16", "float32", Dtype.Float32, Dtype.Float32, true)]
    [InlineData("false", null, "bfloat16", Dtype.BFloat16, Dtype.BFloat16, false)]
    [InlineData("false", null, "float16", Dtype.Float16, Dtype.Float16, false)]
    [InlineData("false", null, "int4", Dtype.Float32, Dtype.Float32, true)]
    [InlineData("true", "float16", "float16", Dtype.Float16, Dtype.Float16, true)]
    [InlineData(null, "auto", "auto", Dtype.Auto, Dtype.Auto, true)]
    [InlineData(null, null, "auto", Dtype.BFloat16, Dtype.BFloat16, true)]
    public void Values_together_give_a_policy(string? mixed, string? dtype, string? backbone, Dtype compute, Dtype parameters, bool autocast)
        => Assert.Equal(
            new PrecisionPolicy(compute, parameters, Autocast: autocast),
            Options(
                ("environment:mixed_precision", mixed),
                ("environment:mixed_precision_dtype", dtype),
                ("architecture:backbone_dtype", backbone)).Policy(Declared));

    [Fact]
    public void True_16_bit_follows_the_dtype_and_becomes_a_region_where_parameters_are_float32_or_mixed_precision_is_asked_for()
    {
        var declared = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Dtype.BFloat16, Autocast: false);

        Assert.Equal(
            new PrecisionPolicy(Dtype.Float16, Dtype.Float16, Dtype.Float16, Autocast: false),
            Options(("environment:mixed_precision_dtype", "float16")).Policy(declared));
        Assert.Equal(
            new PrecisionPolicy(Dtype.BFloat16, Dtype.Float32, Dtype.BFloat16),
            Options(("architecture:backbone_dtype", "float32")).Policy(declared));
        Assert.True(Options(("environment:mixed_precision", "true")).Policy(declared).Autocast);
    }

    [Fact]
    public void Mixed_precision_over_a_float32_attribute_asks_the_hardware()
        => Assert.Equal(Dtype.Auto, Options(("environment:mixed_precision", "true")).Policy(PrecisionPolicy.Float32).Compute);

    [Fact]
    public void Parameters_in_one_format_and_computing_in_the_other_is_refused_by_both_names()
    {
        var error = Assert.Throws<PrecisionOptionsException>(() => Options(("architecture:backbone_dtype", "float16")).Policy(Declared));
        Assert.Contains("architecture.backbone_dtype cannot be 'float16'", error.Message);
        Assert.Contains("environment.mixed_precision_dtype", error.Message);
    }

    [Fact]
    public void A_model_changes_its_dtype_with_every_annotated_module_inside_it()
    {
        using var model = new Outer();
        Options(("environment:mixed_precision_dtype", "float16"), ("architecture:backbone_dtype", "float16")).ApplyTo(model);

        var expected = new PrecisionPolicy(Dtype.Float16, Dtype.Float16);
        Assert.Equal(expected, model.PrecisionPolicy);
        Assert.Equal(expected, model.Inside.PrecisionPolicy);
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named));
        Assert.All(model.parameters(), parameter => Assert.Equal(ScalarType.Float16, parameter.dtype));
        Assert.All(training.MasterWeights.Parameters, master => Assert.Equal(ScalarType.Float32, master.dtype));
    }

    [Fact]
    public void A_list_of_gpus_says_how_many_and_not_which()
    {
        var two = PrecisionOptions.From(Yaml("environment:\n  gpus:\n  - '0'\n  - '1'\n"));
        Assert.Equal((2, null), (two.Gpus, two.Ignored));

        var others = PrecisionOptions.From(Yaml("environment:\n  gpus: ['3', '2', '3']\n"));
        Assert.Equal(2, others.Gpus);
        Assert.Equal("Does not apply here: the numbers 3, 2 of environment.gpus, which CUDA_VISIBLE_DEVICES chooses.", others.Ignored);

        Assert.Null(PrecisionOptions.From(Yaml("environment:\n  gpus: []\n")).Gpus);
        Assert.Null(PrecisionOptions.From(Json("""{ "environment": { "gpus": [] } }""")).Gpus);
    }

    [Theory]
    [InlineData("true", "ZeRO2", true, "ZeRO2, in full: optimizer states are divided, gradients are not")]
    [InlineData("true", "zero3", true, "ZeRO3, in full: optimizer states are divided, gradients and parameters are not")]
    [InlineData("false", "ZeRO2", false, "ZeRO2, because DeepSpeed is off")]
    [InlineData(null, "ZeRO3", null, "ZeRO3, because DeepSpeed is off")]
    public void DeepSpeed_divides_the_optimizer_and_what_it_does_not_divide_is_told(string? use, string method, bool? divided, string told)
    {
        var options = Options(("environment:use_deepspeed", use), ("environment:deepspeed_method", method));

        Assert.Equal(divided, options.ShardOptimizer);
        Assert.Equal($"Does not apply here: environment.deepspeed_method {told}.", options.Ignored);
    }

    [Fact]
    public void Other_keys_of_DeepSpeed_are_told_with_all_others()
    {
        var options = Options(("environment:use_deepspeed", "true"), ("environment:deepspeed_reduce_bucket_size", "1000000"));

        Assert.True(options.ShardOptimizer);
        Assert.Equal("Does not apply here: environment.deepspeed_reduce_bucket_size.", options.Ignored);
    }

    [Fact]
    public void A_section_of_a_program_s_own_configuration_can_be_read()
    {
        var configuration = Json("""{ "Logging": { "Level": "Debug" }, "Model": { "environment": { "mixed_precision": false } } }""");

        var options = PrecisionOptions.From(configuration.GetSection("Model"));

        Assert.False(options.MixedPrecision);
        Assert.Null(options.Ignored);
    }

    [Fact]
    public void A_few_other_keys_are_told_by_name()
        => Assert.Equal(
            "Does not apply here: environment.mixed_precison.",
            Options(("environment:mixed_precison", "false")).Ignored);

    [Fact]
    public void A_class_without_the_attribute_declares_nothing()
        => Assert.Contains("[MixedPrecision]", Assert.Throws<ArgumentException>(() => PrecisionPolicy.DeclaredBy(typeof(Linear))).Message);

    private static PrecisionOptions Options(params (string Key, string? Value)[] values)
        => PrecisionOptions.From(new ConfigurationBuilder()
            .AddInMemoryCollection(values.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value))
            .Build());

    private IConfiguration Yaml(string text)
    {
        var file = Path.Combine(folder, "cfg.yaml");
        File.WriteAllText(file, text);
        return new ConfigurationBuilder().AddYamlFile(file).Build();
    }

    private IConfiguration Json(string text)
    {
        var file = Path.Combine(folder, "settings.json");
        File.WriteAllText(file, text);
        return new ConfigurationBuilder().AddJsonFile(file).Build();
    }
}

[MixedPrecision(Dtype.BFloat16)]
internal sealed partial class Inner : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(2, 2);

    public Inner()
        : base(nameof(Inner)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => layer.call(x);
}

[MixedPrecision(Dtype.BFloat16)]
internal sealed partial class Outer : Module<Tensor, Tensor>
{
    private readonly Inner inside = new();

    public Outer()
        : base(nameof(Outer)) => RegisterComponents();

    public Inner Inside => inside;

    private Tensor ForwardCore(Tensor x) => inside.call(x);
}
