using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>The tensors that a model itself holds, which a forward may return.</summary>
internal static class HeldTensors
{
    private static readonly ConditionalWeakTable<Type, FieldInfo[]> Fields = [];

    /// <summary>Whether a tensor is a parameter, a buffer, or in a field of the module's own.</summary>
    public static bool Has(nn.Module module, Tensor tensor)
    {
        if (tensor is Parameter)
        {
            return true;
        }

        foreach (var field in Fields.GetValue(module.GetType(), Read))
        {
            if (ReferenceEquals(field.GetValue(module), tensor))
            {
                return true;
            }
        }

        // What autograd has computed is no buffer.
        if (!tensor.is_leaf)
        {
            return false;
        }

        foreach (var buffer in module.buffers())
        {
            if (ReferenceEquals(buffer, tensor))
            {
                return true;
            }
        }

        return false;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Precision.targets keeps the members of models, over which TorchSharp reflects too.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The same.")]
    private static FieldInfo[] Read(Type type)
    {
        var fields = new List<FieldInfo>();
        for (var current = type; current is not null && current != typeof(nn.Module); current = current.BaseType)
        {
            fields.AddRange(current
                .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                .Where(static field => typeof(Tensor).IsAssignableFrom(field.FieldType)));
        }

        return [.. fields];
    }
}
