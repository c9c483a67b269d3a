using Precision.Distributed.Control;

namespace Precision.Distributed;

/// <summary>Tells the group when this process ends in another way than by disposing it.</summary>
internal sealed class ProcessEvents : IDisposable
{
    private readonly ProcessGroup group;
    private readonly ControlChannel channel;

    public ProcessEvents(ProcessGroup group, ControlChannel channel)
    {
        (this.group, this.channel) = (group, channel);
        AppDomain.CurrentDomain.UnhandledException += Failed;
        AppDomain.CurrentDomain.ProcessExit += Ending;
    }

    /// <summary>Lets the process end with a code that is not 0, and writes why, unless the program knows it.</summary>
    public static void MarkFailed(ControlChannel failed)
    {
        if (!failed.HasThrown)
        {
            Console.Error.WriteLine($"The process group failed. {failed.Failure}");
        }

        AppDomain.CurrentDomain.ProcessExit += static (_, _) => Environment.ExitCode = Environment.ExitCode == 0 ? 1 : Environment.ExitCode;
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= Failed;
        AppDomain.CurrentDomain.ProcessExit -= Ending;
    }

    private void Failed(object sender, UnhandledExceptionEventArgs arguments)
    {
        var text = arguments.ExceptionObject is Exception error ? $"{error.GetType().Name}: {error.Message}" : "an exception.";
        channel.Fail(text);
    }

    // The program has come to its end without leaving, which it may. One that a signal ends does not come here.
    private void Ending(object? sender, EventArgs arguments) => group.Dispose();
}
