using System.ComponentModel;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>What the generated members of an annotated class call. Called by generated code only.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class GeneratedModel
{
    /// <summary>The body of every generated <see cref="IMixedPrecisionModule.CreateMasterWeights"/>.</summary>
    public static MasterWeights CreateMasterWeights<TModule>(TModule module)
        where TModule : nn.Module, IMixedPrecisionModule
        => MasterWeights.Create(module ?? throw new ArgumentNullException(nameof(module)));

    /// <summary>A shallow copy of an object, of the type that it has at run time.</summary>
    public static T Copy<T>(T value)
        where T : class
        => (T)MemberwiseClone(value ?? throw new ArgumentNullException(nameof(value)));

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = nameof(MemberwiseClone))]
    private static extern object MemberwiseClone(object value);
}
