namespace Precision.Distributed.Control;

/// <summary>What an engine finds wrong while it is watched.</summary>
/// <param name="Kind"><see cref="FrameKind.Failed"/> or <see cref="FrameKind.Overdue"/>.</param>
/// <param name="Text">What.</param>
internal sealed record Fault(FrameKind Kind, string Text);
