using System.ComponentModel;
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
}
