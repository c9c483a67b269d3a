using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>The tensors that a model, or a hook on it, may hold when its forward ends.</summary>
internal static class HeldTensors
{
    private static readonly ConditionalWeakTable<Type, FieldInfo[]> Fields = [];

    /// <summary>
    /// Whether a tensor is a parameter, a buffer, or in a field of the module or of one inside it: as it is, or in an array, a list or
    /// a dictionary.
    /// </summary>
    public static bool Has(nn.Module module, Tensor tensor) => tensor is Parameter || IsIn(module, tensor);

    /// <summary>Whether the module or one inside it has a hook, which may keep what it is shown.</summary>
    public static bool MayBeInHooks(nn.Module module)
        => ForwardHooks.Any(module) || module.children().Any(static child => MayBeInHooks(child));

    private static bool IsIn(nn.Module module, Tensor tensor)
        => Array.Exists(Fields.GetValue(module.GetType(), Read), field => IsIn(field.GetValue(module), tensor))
            || module.buffers(recurse: false).Any(buffer => ReferenceEquals(buffer, tensor))
            || module.children().Any(child => IsIn(child, tensor));

    private static bool IsIn(object? value, Tensor tensor) => value switch
    {
        Tensor held => ReferenceEquals(held, tensor),
        IDictionary held => held.Values.Cast<object?>().Any(item => ReferenceEquals(item, tensor)),
        IReadOnlyCollection<Tensor?> held => held.Any(item => ReferenceEquals(item, tensor)),
        _ => false,
    };

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Precision.targets keeps the members of models, over which TorchSharp reflects too.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The same.")]
    private static FieldInfo[] Read(Type type)
    {
        var fields = new List<FieldInfo>();

        // TorchSharp's own layers keep parameters and buffers only.
        for (var current = type; current is not null && current.Assembly != typeof(nn.Module).Assembly; current = current.BaseType)
        {
            fields.AddRange(current
                .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                .Where(static field => MayHold(field.FieldType)));
        }

        return [.. fields];
    }

    private static bool MayHold(Type type)
        => !typeof(Parameter).IsAssignableFrom(type)
            && (typeof(Tensor).IsAssignableFrom(type)
                || (typeof(IEnumerable).IsAssignableFrom(type)
                    && Array.Exists(
                        type.IsArray ? [type.GetElementType()!] : type.GetGenericArguments(),
                        static item => typeof(Tensor).IsAssignableFrom(item))));
}
