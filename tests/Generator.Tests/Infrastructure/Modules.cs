using System.Reflection;
using static TorchSharp.torch;

namespace Precision.Generator.Tests.Infrastructure;

/// <summary>Makes modules of loaded test assemblies.</summary>
internal static class Modules
{
    /// <summary>An instance of a class by its metadata name, constructed by its constructor without parameters.</summary>
    public static TModule Create<TModule>(this Assembly assembly, string name)
        where TModule : nn.Module
        => (TModule)Activator.CreateInstance(assembly.GetType(name, throwOnError: true)!)!;

    /// <summary>A field's value, whatever its accessibility.</summary>
    public static T Field<T>(this object instance, string name)
        => (T)instance.GetType().GetField(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!.GetValue(instance)!;
}
