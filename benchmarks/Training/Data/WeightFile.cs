using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Precision.Training.Benchmarks.Data;

/// <summary>Reads float32 tensors from a file in the safetensors format: the length of a JSON header, the header, the data.</summary>
internal static class WeightFile
{
    /// <summary>Copies the tensors into the model's parameters of the same names.</summary>
    /// <exception cref="InvalidDataException">Names, shapes or dtypes are not those of the model.</exception>
    public static void Load(string path, nn.Module model)
    {
        using var file = File.OpenRead(path);
        Span<byte> prefix = stackalloc byte[8];
        file.ReadExactly(prefix);
        var header = new byte[BinaryPrimitives.ReadInt64LittleEndian(prefix)];
        file.ReadExactly(header);
        using var index = JsonDocument.Parse(header);
        var data = file.Position;
        var parameters = model.named_parameters().ToDictionary(static entry => entry.name, static entry => entry.parameter);
        var names = index.RootElement.EnumerateObject().Select(static entry => entry.Name).ToList();
        if (!parameters.Keys.Order().SequenceEqual(names.Order()))
        {
            throw new InvalidDataException($"'{path}' does not hold exactly the parameters of {model.GetName()}.");
        }

        using var noGrad = no_grad();
        foreach (var entry in index.RootElement.EnumerateObject())
        {
            using var scope = NewDisposeScope();
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(static size => size.GetInt64())];
            var parameter = parameters[entry.Name];
            if (!parameter.shape.SequenceEqual(shape) || entry.Value.GetProperty("dtype").GetString() != "F32")
            {
                throw new InvalidDataException($"'{entry.Name}' of '{path}' is not Float32[{string.Join(", ", parameter.shape)}].");
            }

            var values = empty(shape, dtype: float32);
            file.Position = data + entry.Value.GetProperty("data_offsets")[0].GetInt64();
            file.ReadExactly(values.bytes);
            parameter.copy_(values);
        }
    }
}
