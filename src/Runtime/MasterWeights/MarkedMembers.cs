using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// The members of a module class that are marked <see cref="FullPrecisionAttribute"/>. Read by reflection, as TorchSharp's own
/// <c>RegisterComponents</c> reads the fields: so it covers private members of any module, annotated or not, in any assembly,
/// under the very names that they are registered by. Once for a training, on no hot path.
/// </summary>
internal static class MarkedMembers
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The registered names: a field's <c>ComponentName</c>, else its own name (an auto-property's backing field's).</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Precision.targets keeps the members of models, over which TorchSharp reflects too.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The same.")]
    public static IReadOnlySet<string> Of(Type? type)
    {
        var names = new HashSet<string>();
        for (; type is not null && type != typeof(nn.Module); type = type.BaseType)
        {
            var properties = type.GetProperties(Declared).Where(IsMarked).Select(property => $"<{property.Name}>k__BackingField").ToHashSet();
            names.UnionWith(type.GetFields(Declared)
                .Where(field => IsMarked(field) || properties.Contains(field.Name))
                .Select(field => field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name));
        }

        return names;
    }

    private static bool IsMarked(MemberInfo member) => member.IsDefined(typeof(FullPrecisionAttribute));
}
