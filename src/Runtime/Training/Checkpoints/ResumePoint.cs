namespace Precision;

/// <summary>Where a checkpoint that was loaded stands.</summary>
/// <param name="Steps">How many steps were made.</param>
/// <param name="DataPosition">What was given when it was saved; empty if nothing was.</param>
public sealed record ResumePoint(long Steps, ReadOnlyMemory<byte> DataPosition);
