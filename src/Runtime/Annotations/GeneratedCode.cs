using System.Collections.Concurrent;
using Precision.CompilerServices;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Refuses annotated classes that were compiled without the generator (an assembly built without the package's analyzers, for
/// example): they would run silently in float32.
/// </summary>
internal static class GeneratedCode
{
    // A type is looked at once, with the modules that its first instance holds: the check stands on the path of every forward.
    private static readonly ConcurrentDictionary<Type, bool> Checked = new();

    /// <summary>Checks a module's class and those of the modules inside it.</summary>
    /// <exception cref="InvalidOperationException">A class carries an annotation and not the generated code.</exception>
    public static void Require(nn.Module module)
    {
        if (Checked.ContainsKey(module.GetType()))
        {
            return;
        }

        RequireInside(module);
        Checked[module.GetType()] = true;
    }

    /// <summary>
    /// The same, whatever was checked before: another model of the class may hold other modules (a Sequential, for example).
    /// </summary>
    /// <exception cref="InvalidOperationException">A class carries an annotation and not the generated code.</exception>
    public static void RequireInside(nn.Module module)
    {
        Require(module.GetType());
        foreach (var part in module.modules())
        {
            Require(part.GetType());
        }
    }

    private static void Require(Type type)
    {
        if ((type.IsDefined(typeof(MixedPrecisionAttribute), inherit: false) || type.IsDefined(typeof(FullPrecisionAttribute), inherit: false))
            && !type.IsDefined(typeof(PrecisionGeneratedAttribute), inherit: false))
        {
            throw new InvalidOperationException(
                $"{type.FullName} is annotated for mixed precision, but was compiled without the Precision generator, so that it would "
                + $"run in float32. Reference the Precision package (with its analyzers) in the project of assembly "
                + $"{type.Assembly.GetName().Name} and rebuild it. The generator runs in C# projects only: write annotated classes in "
                + "C#, or open a region with Autocast.Enter around the model's call.");
        }
    }
}
