using Precision.Distributed.Worker.Scenarios;

namespace Precision.Distributed.Worker;

/// <summary>One rank of a scenario: <c>Worker NAME FOLDER LIMIT</c>. Results go to FOLDER/rank-N.json; LIMIT is in seconds.</summary>
internal static class Program
{
    private static readonly Dictionary<string, Action<WorkerContext>> Scenarios = new()
    {
        [nameof(Collectives)] = Collectives.Run,
        [nameof(Failures.WaitForSignal)] = Failures.WaitForSignal,
        [nameof(Failures.Throw)] = Failures.Throw,
        [nameof(Failures.Leave)] = Failures.Leave,
        [nameof(Failures.CallAnother)] = Failures.CallAnother,
        [nameof(Failures.ComputeForEver)] = Failures.ComputeForEver,
        [nameof(Failures.HangAndThrow)] = Failures.HangAndThrow,
    };

    public static int Main(string[] arguments)
    {
        if (arguments is not [var name, var folder, var limit] || !Scenarios.TryGetValue(name, out var scenario))
        {
            Console.Error.WriteLine($"usage: NAME FOLDER LIMIT, with a NAME of: {string.Join(", ", Scenarios.Keys)}");
            return 2;
        }

        using var context = new WorkerContext(folder, TimeSpan.FromSeconds(double.Parse(limit, System.Globalization.CultureInfo.InvariantCulture)));
        scenario(context);
        return 0;
    }
}
