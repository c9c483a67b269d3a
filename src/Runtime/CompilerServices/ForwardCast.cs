using System.ComponentModel;

namespace Precision.CompilerServices;

/// <summary>Casts the tensors of a value. Made by generated code only.</summary>
/// <param name="region">The forward whose value it is.</param>
/// <param name="value">The value, which is replaced where something in it is cast.</param>
/// <returns>Whether the value was replaced.</returns>
[EditorBrowsable(EditorBrowsableState.Never)]
public delegate bool ForwardCast<T>(ForwardRegion region, ref T value);
