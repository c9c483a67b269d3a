namespace Precision.Distributed;

/// <summary>The ranks of a group cannot work together: one did not come, has ended, hangs, or was started in a way that does not fit.</summary>
public sealed class ProcessGroupException : Exception
{
    internal ProcessGroupException(string message)
        : base(message)
    {
    }

    internal ProcessGroupException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
