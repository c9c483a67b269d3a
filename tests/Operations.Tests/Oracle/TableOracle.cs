using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Operations.Tests.Oracle;

/// <summary>Compares every row of the table with what libtorch does on one kind of device.</summary>
internal static class TableOracle
{
    /// <summary>The rows that contradict libtorch, one line each.</summary>
    public static IReadOnlyList<string> Contradictions(DeviceType device)
    {
        Probe[] probes =
        [
            Probe.Uniform(ScalarType.Float32, device),
            Probe.Uniform(ScalarType.BFloat16, device),

            // A 16-bit dtype that is not the region's tells all policies apart.
            Probe.Uniform(ScalarType.Float16, device),
            new Probe(ScalarType.BFloat16, ScalarType.Float32, device),
        ];
        var contradictions = new List<string>();
        foreach (var operation in OperationTable.All)
        {
            var isCovered = false;
            foreach (var invocation in Invocation.Of(operation))
            {
                if (Unexecuted.Explains(invocation, device))
                {
                    isCovered = true;
                    continue;
                }

                try
                {
                    foreach (var probe in probes.Where(probe => !Exceptions.Has(operation, probe)))
                    {
                        var outcome = invocation.Run(probe);
                        if (Prediction.Contradiction(operation, probe, outcome) is { } prediction)
                        {
                            contradictions.Add($"{invocation} with {probe}: {outcome}, predicted: {prediction}");
                        }
                    }

                    isCovered = true;
                }
                catch (NotSupportedException)
                {
                    // Reflection cannot pass spans; another overload of the row stands for this one, or the row is reported below.
                }
            }

            if (!isCovered)
            {
                contradictions.Add($"{operation.Type}.{operation.Member}: no overload is executed or explained.");
            }
        }

        return contradictions;
    }

    /// <summary>The members that should take one dtype only and take two, one line each.</summary>
    public static IReadOnlyList<string> AcceptedMixtures(DeviceType device)
        => [.. OperationTable.All
            .Where(operation => operation.Has(OperationTraits.NoMixedDtypes) && operation.Member != OperationTable.Forward)
            .SelectMany(Invocation.Of)
            .Where(invocation => !Unexecuted.Explains(invocation, device))
            .SelectMany(invocation => new Probe[] { new(ScalarType.BFloat16, ScalarType.Float32, device), new(ScalarType.Float32, ScalarType.BFloat16, device) }
                .Select(probe => (invocation, probe, outcome: invocation.Run(probe))))
            .Where(call => call.outcome is { IsMixed: true, IsMismatch: false })
            .Select(call => $"{call.invocation} with {call.probe}: {call.outcome}")];

    /// <summary>The rows whose dtype parameter does not set the result's dtype, one line each.</summary>
    public static IReadOnlyList<string> IgnoredDtypeArguments(DeviceType device)
        => [.. OperationTable.All
            .Where(operation => operation.DtypeParameter is not null)
            .SelectMany(Invocation.Of)
            .Where(invocation => invocation.Method.GetParameters().Any(parameter => parameter.Name == invocation.Operation.DtypeParameter)
                && !invocation.Method.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike))
            .Select(invocation => (invocation, outcome: invocation.Run(Probe.Uniform(ScalarType.Float32, device), ScalarType.BFloat16)))
            .Where(call => call.outcome.Dtype is not ScalarType.BFloat16)
            .Select(call => $"{call.invocation}: {call.outcome}")];
}
