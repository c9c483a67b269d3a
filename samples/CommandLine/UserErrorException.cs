namespace Samples.CommandLine;

/// <summary>Something that the user can put right: shown without a stack trace, the program ends with exit code 1.</summary>
/// <param name="cause">What is wrong, one sentence.</param>
/// <param name="remedy">What to do about it, one sentence.</param>
public sealed class UserErrorException(string cause, string remedy, Exception? inner = null)
    : Exception($"{cause} {remedy}", inner)
{
    public string Cause { get; } = cause;

    public string Remedy { get; } = remedy;
}
