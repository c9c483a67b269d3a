using TorchSharp.Modules;

namespace Precision.Optim;

/// <summary>A parameter group that was made from named parameters, whose names serve messages.</summary>
internal interface INamedParameters
{
    /// <summary>The names; null when the group was made without.</summary>
    IReadOnlyDictionary<Parameter, string>? Names { get; }
}
