using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Weights in and out of models, without training them: for inference, and for other programs.</summary>
/// <example><code>
/// var model = new Classifier();
/// model.LoadWeights("run.checkpoint");
/// model.ConvertParameters();
/// model.eval();
/// </code></example>
public static class ModelWeights
{
    /// <summary>
    /// Stores a model's parameters and buffers as its policy says, in place and without masters: for inference, which needs only the
    /// 16-bit weights. A model that shall be trained is given to <see cref="MixedPrecisionTraining.Create"/> instead.
    /// </summary>
    /// <param name="module">The model, on its device; weights that were loaded before are rounded.</param>
    /// <exception cref="InvalidOperationException">A class was compiled without the generator, or inference mode is on.</exception>
    public static void ConvertParameters(this nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        GeneratedCode.RequireInside(module);
        if (is_inference_mode_enabled())
        {
            throw new InvalidOperationException("Parameters cannot be converted in inference mode. Call ConvertParameters() before torch.inference_mode().");
        }

        var plan = StoragePlan.Of(module);
        foreach (var parameter in plan.Parameters)
        {
            parameter.Store();
        }

        foreach (var buffer in plan.Buffers)
        {
            buffer.Store();
        }
    }

    /// <summary>
    /// Copies the weights and buffers of a file into a model, which keeps its dtypes: a file of 16-bit weights loads into a float32
    /// model, and the other way round with rounding.
    /// </summary>
    /// <param name="module">The model.</param>
    /// <param name="path">
    /// A checkpoint of <see cref="MixedPrecisionTraining"/>, of which the float32 masters are taken, or a file of <c>module.save()</c>.
    /// </param>
    /// <param name="strict">Whether the names must be exactly those of the model's <c>state_dict</c>; false loads what both have.</param>
    /// <exception cref="InvalidDataException">
    /// The file is damaged or no such file, or names, shapes or kinds of dtype differ; nothing is changed then.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read, or the path is a folder or a device; nothing is changed then.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not allowed.</exception>
    public static void LoadWeights(this nn.Module module, string path, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var loaded = Read(path);
        var own = module.state_dict();
        if (strict && (own.Keys.Except(loaded.Keys).FirstOrDefault() ?? loaded.Keys.Except(own.Keys).FirstOrDefault()) is { } name)
        {
            throw new InvalidDataException(
                own.ContainsKey(name)
                    ? $"'{path}' lacks '{name}', which the model has. strict: false loads what both have."
                    : $"'{path}' has '{name}', which the model has not. strict: false loads what both have.");
        }

        var both = own.Where(entry => loaded.ContainsKey(entry.Key)).ToList();
        if (both.Select(entry => LoadedTensor.Mismatch(entry.Key, entry.Value, loaded[entry.Key])).FirstOrDefault(static fault => fault is not null)
            is { } mismatch)
        {
            throw new InvalidDataException($"'{path}' does not fit the model: {mismatch}.");
        }

        foreach (var (key, target) in both)
        {
            target.copy_(loaded[key]);
        }
    }

    /// <summary>The weights and buffers in a file, without any model.</summary>
    /// <param name="path">
    /// A checkpoint of <see cref="MixedPrecisionTraining"/>, of which the float32 masters are taken where there are any, or a file of
    /// <c>module.save()</c>.
    /// </param>
    /// <returns>Tensors on the CPU by name, in the dtypes of the file; they belong to the current dispose scope.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or is no such file.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read, or the path is a folder or a device.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not allowed.</exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = TrainingCheckpoint.Open(path);
        var tensors = CheckpointReader.IsCheckpoint(stream) ? ReadCheckpoint(stream, path) : new ModuleFile(stream, path).Read();
        CurrentDisposeScope?.Attach(tensors.Values.Distinct());
        return tensors;
    }

    /// <summary>
    /// The float32 weights of a model and its buffers, as copies: to save with TorchSharp.PyBridge, or to load into a float32 model
    /// (<c>load_state_dict</c>).
    /// </summary>
    /// <param name="module">The model.</param>
    /// <param name="masters">
    /// Its masters, whose values are taken where there are any; null takes the model's own. Those of a training are
    /// <see cref="MixedPrecisionTraining.MasterWeights"/>.
    /// </param>
    /// <returns>
    /// A tensor for each name of the model's <c>state_dict</c>, on the model's device: Float32 instead of 16-bit, every other dtype as it
    /// is. They belong to the current dispose scope; tied weights are one tensor.
    /// </returns>
    /// <exception cref="ArgumentException">The masters are another model's.</exception>
    /// <exception cref="InvalidOperationException">Weights were loaded into the model past the masters.</exception>
    /// <exception cref="ObjectDisposedException">The masters are disposed.</exception>
    public static Dictionary<string, Tensor> ExportFloat32(this nn.Module module, MasterWeights? masters = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        masters?.ThrowIfUnusable();
        masters?.ThrowIfModelChanged();
        var own = module.state_dict();
        var identities = own.Values.Select(VariableData.Identity).ToHashSet();
        if (masters?.Weights.Any(weight => !identities.Contains(VariableData.Identity(weight.ModelParameter))) is true)
        {
            throw new ArgumentException("The masters are those of another model.", nameof(masters));
        }

        if (masters?.Weights.FirstOrDefault(static weight => !weight.IsSteppedHere) is { } elsewhere)
        {
            throw new InvalidOperationException(
                $"The master of '{elsewhere.Name}' is in another process, since the training is sharded. Save() the training, then load the "
                + "file into a float32 model with ModelWeights.");
        }

        var sources = (masters?.Weights ?? []).ToDictionary(static weight => VariableData.Identity(weight.ModelParameter), static weight => (Tensor)weight.Master);
        var copies = new Dictionary<nint, Tensor>();
        var export = new Dictionary<string, Tensor>();
        using var _ = no_grad();
        foreach (var (name, tensor) in own)
        {
            var identity = VariableData.Identity(tensor);
            if (!copies.TryGetValue(identity, out var copy))
            {
                var original = sources.GetValueOrDefault(identity, tensor);
                using var source = Lifetime.After(original.detach(), original);
                copies[identity] = copy = source.to(source.dtype.Is16Bit() ? ScalarType.Float32 : source.dtype, copy: true);
            }

            export[name] = copy;
        }

        return export;
    }

    private static Dictionary<string, Tensor> ReadCheckpoint(Stream stream, string path)
    {
        var reader = new CheckpointReader(stream, $"'{path}'");
        using var state = reader.ReadIndex(CancellationToken.None);
        var masters = state.Masters.ToDictionary(static master => master.Name);
        var saved = state.Weights.ToDictionary(static weight => weight.Name, weight => masters.GetValueOrDefault(weight.Name, weight));
        reader.ReadValues(saved.Values, CancellationToken.None);
        foreach (var (name, first) in state.Tied)
        {
            saved.TryAdd(name, saved.GetValueOrDefault(first) ?? throw new InvalidDataException(
                $"The checkpoint '{path}' is damaged or was not written by this library: '{name}' is tied to '{first}', which it lacks."));
        }

        var tensors = saved.ToDictionary(static entry => entry.Key, static entry => entry.Value.Value!);
        foreach (var tensor in saved.Values)
        {
            tensor.Value = null;
        }

        return tensors;
    }
}
