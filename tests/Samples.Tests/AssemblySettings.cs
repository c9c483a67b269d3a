// Seeds, thread count and the counter of live tensors belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
