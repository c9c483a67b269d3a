using System.Globalization;
using Precision.Distributed.Worker.Scenarios;

namespace Precision.Distributed.Worker;

/// <summary>
/// One rank of a scenario: <c>Worker NAME FOLDER LIMIT</c>. Results go to FOLDER/rank-N.json; LIMIT is in seconds. With <c>--processes N</c>
/// before it starts N ranks by itself, which have LIMIT to save after a signal.
/// </summary>
internal static class Program
{
    private static readonly Dictionary<string, Action<WorkerContext>> Scenarios = new()
    {
        ["Collectives"] = Collectives.Run,
        ["Refusals"] = Refusals.Run,
        ["Join"] = Joining.Join,
        ["StayAway"] = Joining.StayAway,
        ["EndWithoutLeaving"] = Joining.EndWithoutLeaving,
        ["EndAlone"] = Joining.EndAlone,
        ["SaveWhenTold"] = Joining.SaveWhenTold,
        ["IgnoreSignals"] = Joining.IgnoreSignals,
        ["JoinTwice"] = Joining.JoinTwice,
        ["WaitForSignal"] = Failures.WaitForSignal,
        ["Throw"] = Failures.Throw,
        ["Leave"] = Failures.Leave,
        ["CallAnother"] = Failures.CallAnother,
        ["ComputeForEver"] = Failures.ComputeForEver,
        ["HangAndThrow"] = Failures.HangAndThrow,
        ["Trainings"] = Trainings.Run,
        ["Trainings.Infinity"] = Trainings.Infinity,
        ["Trainings.FailInBackward"] = Trainings.FailInBackward,
        ["Trainings.MoreBackwards"] = static context => Trainings.MoreBackwards(context, sharded: false),
        ["Trainings.MoreBackwards.Sharded"] = static context => Trainings.MoreBackwards(context, sharded: true),
        ["Trainings.Resume"] = Trainings.Resume,
        ["Trainings.SaveForever"] = Trainings.SaveForever,
        ["NcclDouble.Collectives"] = OnNcclDouble.Collectives,
        ["NcclDouble.Training"] = OnNcclDouble.Training,
        ["NcclDouble.Join"] = OnNcclDouble.Join,
        ["NcclDouble.NeverConnect"] = OnNcclDouble.NeverConnect,
        ["NcclDouble.FailAsynchronously"] = OnNcclDouble.FailAsynchronously,
        ["NcclDouble.StopDevices"] = OnNcclDouble.StopDevices,
        ["NcclDouble.StopDevicesInBarrier"] = OnNcclDouble.StopDevicesInBarrier,
    };

    public static int Main(string[] arguments)
    {
        if (arguments is ["--processes", var processes, .. var rest])
        {
            return Launcher.Run(int.Parse(processes, CultureInfo.InvariantCulture), rest, Seconds(rest[^1]));
        }

        if (arguments is not [var name, var folder, var limit] || !Scenarios.TryGetValue(name, out var scenario))
        {
            Console.Error.WriteLine($"usage: [--processes N] NAME FOLDER LIMIT, with a NAME of: {string.Join(", ", Scenarios.Keys)}");
            return 2;
        }

        using var context = new WorkerContext(folder, Seconds(limit));
        scenario(context);
        return 0;
    }

    private static TimeSpan Seconds(string number) => TimeSpan.FromSeconds(double.Parse(number, CultureInfo.InvariantCulture));
}
