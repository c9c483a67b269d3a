using System.Globalization;
using BenchmarkDotNet.Running;
using Precision.Benchmarks.DeviceReads;
using Precision.Benchmarks.Formats;
using Precision.Benchmarks.OptimizerStep;
using static TorchSharp.torch;

switch (args)
{
    case ["optimizer-step"]:
        return OptimizerStepRace.Run();
    case ["formats", var steps, var where]:
        return FormatsRun.Run(int.Parse(steps, CultureInfo.InvariantCulture), device(where));
    case ["device-reads", var where]:
        return DeviceReadRace.Run(device(where));
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Precision.Benchmarks.ForwardWrapper).Assembly).Run(args);
        return 0;
}
