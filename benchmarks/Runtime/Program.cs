using BenchmarkDotNet.Running;
using Precision.Benchmarks.OptimizerStep;

if (args is ["optimizer-step"])
{
    return OptimizerStepRace.Run();
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
