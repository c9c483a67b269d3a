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
    /// <summary>Objects in objects in fields are not searched any deeper.</summary>
    private const int MaximumDepth = 8;

    private static readonly ConditionalWeakTable<Type, FieldInfo[]> Fields = [];

    /// <summary>
    /// Whether a tensor is a parameter, a buffer, or in a field of the module or of one inside it: as it is, in a collection, or in an
    /// object of another class.
    /// </summary>
    public static bool Has(nn.Module module, Tensor tensor) => tensor is Parameter || IsInModule(module, tensor);

    /// <summary>Whether the module or one inside it has a hook, which may keep what it is shown.</summary>
    public static bool MayBeInHooks(nn.Module module)
        => ForwardHooks.Any(module) || module.children().Any(static child => MayBeInHooks(child));

    private static bool IsInModule(nn.Module module, Tensor tensor)
        => IsInFields(module, tensor, depth: 0)
            || module.buffers(recurse: false).Any(buffer => ReferenceEquals(buffer, tensor))
            || module.children().Any(child => IsInModule(child, tensor));

    private static bool IsInFields(object value, Tensor tensor, int depth)
        => Array.Exists(Fields.GetValue(value.GetType(), Read), field => IsIn(field.GetValue(value), tensor, depth));

    private static bool IsIn(object? value, Tensor tensor, int depth) => value switch
    {
        null or nn.Module => false, // modules are searched as children
        Tensor held => ReferenceEquals(held, tensor),
        _ when depth == MaximumDepth => false,
        IDictionary held => held.Values.Cast<object?>().Any(item => IsIn(item, tensor, depth + 1)),
        ICollection or IReadOnlyCollection<Tensor> => ((IEnumerable)value).Cast<object?>().Any(item => IsIn(item, tensor, depth + 1)),
        _ => IsInFields(value, tensor, depth + 1),
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

    /// <summary>Whether a field of some type may lead to a tensor that is no parameter.</summary>
    private static bool MayHold(Type type)
    {
        var seen = new HashSet<Type>();
        var waiting = new Stack<Type>([type]);
        while (waiting.TryPop(out var next))
        {
            if (typeof(Tensor).IsAssignableFrom(next) && !typeof(Parameter).IsAssignableFrom(next))
            {
                return true;
            }

            foreach (var part in seen.Add(next) ? PartsOf(next) : [])
            {
                waiting.Push(part);
            }
        }

        return false;
    }

    /// <summary>The types of what is in an object of some type.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Precision.targets keeps the members of models, over which TorchSharp reflects too.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The same.")]
    private static IEnumerable<Type> PartsOf(Type type)
    {
        if (type.IsArray)
        {
            return [type.GetElementType()!];
        }

        if (type.IsPrimitive || type.IsPointer || typeof(Delegate).IsAssignableFrom(type) || type.Assembly == typeof(nn.Module).Assembly
            || typeof(nn.Module).IsAssignableFrom(type))
        {
            return [];
        }

        // Of .NET's own types those lead to tensors that are made of others: collections, tuples, nullables.
        return type.Assembly == typeof(object).Assembly || type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true
            ? type.GetGenericArguments()
            : type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Select(static field => field.FieldType)
                .Concat(type.BaseType is { } inherited ? [inherited] : []); // private fields are listed with their own class only
    }
}
