namespace Samples.CommandLine;

/// <summary>What the program tells the shell.</summary>
public static class ExitCodes
{
    public const int Success = 0;

    public const int Failure = 1;

    /// <summary>128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;
}
