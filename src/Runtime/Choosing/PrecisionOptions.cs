using Microsoft.Extensions.Configuration;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// What a configuration says about precision, and on how many GPUs to train. It changes what the attribute says, per model and without
/// recompiling. Keys and meaning are those of H2O LLM Studio's configuration files (<c>cfg.yaml</c>), so that such a file can be used as
/// it is.
/// </summary>
/// <remarks>
/// <para>Where several sources are added to a configuration, the one added last has the last word. The order that this library's
/// guide and samples use: attribute, file, environment variables, command line.</para>
/// <para>Files, environment and command line are read by whatever configuration providers the program adds.</para>
/// </remarks>
/// <example><code>
/// var options = PrecisionOptions.From(new ConfigurationBuilder()
///     .AddYamlFile("cfg.yaml")
///     .AddEnvironmentVariables("PRECISION_")   // PRECISION_environment__mixed_precision_dtype=float16
///     .AddCommandLine(args)                    // --environment:mixed_precision_dtype=float16
///     .Build());
/// options.ApplyTo(model);                      // before MixedPrecisionTraining.Create
/// </code></example>
public sealed partial record PrecisionOptions
{
    /// <summary>Nothing given: every model keeps what its attribute says.</summary>
    public static PrecisionOptions None { get; } = new();

    /// <summary><c>environment.mixed_precision</c>: false computes without autocast; null = not given.</summary>
    public bool? MixedPrecision { get; init; }

    /// <summary><c>environment.mixed_precision_dtype</c>: BFloat16, Float16 or Auto, what matrix products compute in.</summary>
    public Dtype MixedPrecisionDtype { get; init; }

    /// <summary>
    /// <c>architecture.backbone_dtype</c>: how parameters are stored. Float32, BFloat16, Float16, or Auto = as the compute dtype.
    /// 16-bit parameters get float32 masters. Without mixed precision they mean true 16-bit, as they do there.
    /// </summary>
    public Dtype BackboneDtype { get; init; }

    /// <summary>
    /// <c>environment.gpus</c>: on how many GPUs to train, one process on each (<see cref="Distributed.Launcher"/>); null = not given.
    /// </summary>
    public int? Gpus { get; init; }

    /// <summary>
    /// <c>environment.use_deepspeed</c>: whether each process keeps a part of the optimizer's states (for
    /// <see cref="Distributed.DataParallel"/>); null = not given.
    /// </summary>
    public bool? ShardOptimizer { get; init; }

    /// <summary><c>training.gradient_clip</c>: the largest common 2-norm of all gradients; 0 = no clipping, null = not given.</summary>
    public double? GradientClip { get; init; }

    /// <summary><c>training.grad_accumulation</c>: micro-batches per optimizer step; null = not given.</summary>
    public int? GradAccumulation { get; init; }

    /// <summary>One line on what was given and does not apply here, for the user to see; null = all of it applies.</summary>
    public string? Ignored { get; init; }

    /// <summary>Reads a configuration.</summary>
    /// <param name="configuration">All of it, or the section that holds <c>environment</c>, <c>architecture</c> and <c>training</c>.</param>
    /// <exception cref="PrecisionOptionsException">A value that is not allowed.</exception>
    public static PrecisionOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new Reader(configuration).Read();
    }

    /// <summary>What a model computes in and stores its parameters in under these options.</summary>
    /// <param name="declared">What its attribute says.</param>
    /// <exception cref="PrecisionOptionsException">Parameters in one 16-bit format, computing in the other.</exception>
    public PrecisionPolicy Policy(PrecisionPolicy declared)
    {
        ArgumentNullException.ThrowIfNull(declared);
        return MixedPrecision is false ? WithoutAutocast(declared) : Mixed(declared);
    }

    /// <summary>
    /// Sets the policy of a model and of every annotated module inside it. Before <see cref="MixedPrecisionTraining.Create"/>, which
    /// stores the parameters as the policy says.
    /// </summary>
    /// <exception cref="PrecisionOptionsException">Parameters in one 16-bit format, computing in the other.</exception>
    public void ApplyTo(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        foreach (var module in model.modules().Prepend(model).Distinct().OfType<IMixedPrecisionModule>())
        {
            module.PrecisionPolicy = Policy(module.PrecisionPolicy);
        }
    }

    private PrecisionPolicy WithoutAutocast(PrecisionPolicy declared)
        => BackboneDtype.Is16Bit()
            ? declared with { Compute = BackboneDtype, Parameters = BackboneDtype, Output = Output(declared, BackboneDtype), Autocast = false }
            : PrecisionPolicy.Float32;

    private PrecisionPolicy Mixed(PrecisionPolicy declared)
    {
        var compute = Compute(declared);
        var isStored16Bit = declared.Parameters is not Dtype.Float32;
        var parameters = BackboneDtype switch
        {
            Dtype.Unspecified => isStored16Bit ? compute : Dtype.Float32,
            Dtype.Auto => compute,
            var given => given,
        };
        if (parameters is not Dtype.Float32 && parameters != compute)
        {
            throw new PrecisionOptionsException(
                Keys.Dotted(Keys.BackboneDtype),
                parameters.Name(),
                $"{Keys.Dotted(Keys.BackboneDtype)} cannot be '{parameters.Name()}' where matrix products compute in {compute.Name()}: "
                + $"allowed are float32, {compute.Name()}, auto. {Keys.Dotted(Keys.MixedPrecisionDtype)} changes what is computed in.");
        }

        return declared with
        {
            Compute = compute,
            Parameters = parameters,
            Output = Output(declared, compute),
            Autocast = MixedPrecision is true || declared.Autocast || parameters is Dtype.Float32,
        };
    }

    /// <summary>What to compute in. Mixed precision asked for over a float32 attribute leaves the format to the hardware.</summary>
    private Dtype Compute(PrecisionPolicy declared)
    {
        if (MixedPrecisionDtype is not Dtype.Unspecified)
        {
            return MixedPrecisionDtype;
        }

        return declared.Compute is Dtype.Float32 && MixedPrecision is true ? Dtype.Auto : declared.Compute;
    }

    /// <summary>A 16-bit output that followed the compute dtype goes on following it.</summary>
    private static Dtype Output(PrecisionPolicy declared, Dtype compute)
        => declared.Output is not (Dtype.Unspecified or Dtype.Float32) && declared.Output == declared.Compute ? compute : declared.Output;
}
