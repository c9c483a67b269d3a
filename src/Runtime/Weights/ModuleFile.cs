using System.Text;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Reads what TorchSharp's <c>Module.save</c> writes: the number of tensors, then for each its name, dtype, shape and elements, all
/// numbers in LEB128. Unlike <c>Module.load</c> it takes any dtype, and believes no number that the file is too short for.
/// </summary>
internal sealed class ModuleFile(Stream stream, string path)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly BinaryReader reader = new(stream, Utf8, leaveOpen: true);

    /// <summary>Reads all tensors; they belong to the caller.</summary>
    /// <exception cref="InvalidDataException">It is no such file, or a damaged one.</exception>
    public Dictionary<string, Tensor> Read()
    {
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            ReadAll(tensors);
            return tensors;
        }
        catch (Exception error)
        {
            foreach (var tensor in tensors.Values)
            {
                tensor.Dispose();
            }

            if (error is EndOfStreamException or DecoderFallbackException)
            {
                throw Fault("it ends early, or has no text where a name belongs", error);
            }

            throw;
        }
    }

    private void ReadAll(Dictionary<string, Tensor> tensors)
    {
        for (var left = ReadNumber(); left > 0; left--)
        {
            var name = ReadName();
            var dtype = ((ScalarType)Math.Min(ReadNumber(), sbyte.MaxValue)).ToString();
            var dimensions = ReadNumber();
            if (dimensions > SavedTensor.MaxDimensions)
            {
                throw Fault($"'{name}' has {dimensions} dimensions");
            }

            var shape = new long[dimensions];
            for (var i = 0; i < dimensions; i++)
            {
                shape[i] = ReadNumber();
            }

            var saved = new SavedTensor(name, dtype, shape);
            if (saved.Length() is not { } length || length > stream.Length - stream.Position || tensors.ContainsKey(name))
            {
                throw Fault($"'{name}', {dtype}[{string.Join(", ", shape)}], does not fit, or is there twice");
            }

            saved.ReadValue(stream);
            tensors.Add(name, saved.Value!);
        }

        if (stream.Position != stream.Length)
        {
            throw Fault($"there are {stream.Length - stream.Position} bytes after its last tensor");
        }
    }

    // BinaryReader.ReadString calls a length that cannot be an IOException, as a disk's fault.
    private string ReadName()
    {
        var length = ReadNumber();
        if (length > stream.Length - stream.Position)
        {
            throw new EndOfStreamException();
        }

        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return Utf8.GetString(bytes);
    }

    private long ReadNumber()
    {
        long number = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var part = reader.ReadByte();
            number |= (long)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return number;
            }
        }

        throw Fault("a number in it is too large");
    }

    private InvalidDataException Fault(string fault, Exception? inner = null)
        => new(
            $"'{path}' is neither a checkpoint of MixedPrecisionTraining nor a whole file of module.save(): {fault}. PyTorch's .pt and .safetensors "
            + "files are read by the package TorchSharp.PyBridge.",
            inner);
}
