using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Precision;
using YamlDotNet.Core;

namespace TextGeneration.Commands;

/// <summary>
/// How a run's precision is chosen: the model's attribute, then a configuration file, then environment variables, then the command
/// line. The one named last has the last word.
/// </summary>
internal sealed class PrecisionCommandLine
{
    private const string EnvironmentPrefix = "PRECISION_";

    private readonly Option<string> file = new("--config")
    {
        Description = "Configuration file (.yaml, .yml or .json) with the keys of H2O LLM Studio's cfg.yaml: environment.mixed_precision, "
            + "environment.mixed_precision_dtype, architecture.backbone_dtype, training.gradient_clip, training.grad_accumulation, "
            + "environment.gpus, environment.use_deepspeed. "
            + $"Environment variables ({EnvironmentPrefix}environment__mixed_precision_dtype, for example) come before it, the options "
            + "below before these.",
        HelpName = "file",
    };

    private readonly Option<string> dtype = new Option<string>("--dtype")
    {
        Description = "What matrix products and attention compute in; auto asks the hardware. Without it: what the configuration or else the model's attribute says (bfloat16).",
    }.AcceptOnlyFromAmong("float32", "float16", "bfloat16", "auto");

    private readonly Option<string> parameters = new Option<string>("--parameters")
    {
        Description = "How the weights are stored; 16bit keeps float32 master weights beside them. Without it: as configured, else float32.",
    }.AcceptOnlyFromAmong("float32", "16bit");

    private readonly Option<double?> gradientClip = new Option<double?>("--gradient-clip")
    {
        Description = "Largest common norm of the gradients; 0 = no clipping. Without it: as configured, else 1.",
        HelpName = "norm",
    }.AtLeast(0);

    private readonly Option<int?> gradAccumulation = new Option<int?>("--grad-accumulation")
    {
        Description = "Batches whose gradients are added up for one step. Without it: as configured, else 1.",
        HelpName = "count",
    }.AtLeast(1);

    public IReadOnlyList<Option> All => [file, dtype, parameters, gradientClip, gradAccumulation];

    /// <exception cref="UserErrorException">The file cannot be read, or options do not fit together.</exception>
    /// <exception cref="PrecisionOptionsException">A value in the file or the environment is not allowed.</exception>
    public PrecisionOptions Read(ParseResult result)
    {
        if ((result.GetValue(dtype), result.GetValue(parameters)) is ("float32", "16bit"))
        {
            throw new UserErrorException(
                "--parameters 16bit stores the weights in the 16-bit --dtype, and that is float32.",
                "Give --dtype bfloat16 or float16 too.");
        }

        var path = result.GetValue(file);
        try
        {
            return PrecisionOptions.From(AddFile(new ConfigurationBuilder(), path)
                .AddEnvironmentVariables(EnvironmentPrefix)
                .AddInMemoryCollection(Given(result))
                .Build());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException or YamlException)
        {
            throw new UserErrorException(
                $"The configuration '{path}' cannot be read: {(e.InnerException ?? e).Message}",
                "Give --config a YAML or JSON file that exists and is well formed.",
                e);
        }
    }

    private static IConfigurationBuilder AddFile(IConfigurationBuilder builder, string? path) => Path.GetExtension(path)?.ToLowerInvariant() switch
    {
        null => builder,
        ".json" => builder.AddJsonFile(Path.GetFullPath(path!)),
        ".yaml" or ".yml" => builder.AddYamlFile(Path.GetFullPath(path!)),
        var other => throw new UserErrorException(
            $"The configuration '{path}' ends in '{other}', so its format is not known.", "Name it .yaml, .yml or .json."),
    };

    /// <summary>The options that are given, under the keys that they stand for.</summary>
    private Dictionary<string, string?> Given(ParseResult result)
    {
        var given = new Dictionary<string, string?>();
        if (result.GetValue(dtype) is { } format)
        {
            // Also turns on what a file turns off: the user asks for a format now.
            given["environment:mixed_precision"] = format == "float32" ? "false" : "true";
            if (format != "float32")
            {
                given["environment:mixed_precision_dtype"] = format;
            }
        }

        if (result.GetValue(parameters) is { } storage)
        {
            given["architecture:backbone_dtype"] = storage == "16bit" ? "auto" : storage;
        }

        if (result.GetValue(gradientClip) is { } norm)
        {
            given["training:gradient_clip"] = norm.ToString(CultureInfo.InvariantCulture);
        }

        if (result.GetValue(gradAccumulation) is { } count)
        {
            given["training:grad_accumulation"] = count.ToString(CultureInfo.InvariantCulture);
        }

        return given;
    }
}
