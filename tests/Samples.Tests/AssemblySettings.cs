using System.Runtime.CompilerServices;
using TorchSharp;

// Seeds, thread count and the counter of live tensors belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Precision.Samples.Tests;

internal static class AssemblySettings
{
    /// <summary>Tiny models gain nothing from threads, and lose much where other processes want the cores too.</summary>
    [ModuleInitializer]
    internal static void UseOneThread() => torch.set_num_threads(1);
}
