namespace Precision;

/// <summary>Whether hardware computes a format itself. Emulation (converting to float32 and back) does not count.</summary>
/// <param name="IsNative">Whether it does.</param>
/// <param name="Reason">How that is known: the instruction sets or the compute capability, or what is missing.</param>
public sealed record NativeSupport(bool IsNative, string Reason);
