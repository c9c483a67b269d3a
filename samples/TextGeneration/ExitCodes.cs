namespace TextGeneration;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    public const int Failure = 1;

    /// <summary>128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;
}
