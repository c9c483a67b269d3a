namespace Precision;

/// <summary>What NVIDIA's driver says of a GPU.</summary>
/// <param name="Name">For example "NVIDIA H100 80GB HBM3".</param>
/// <param name="Major">Of the compute capability.</param>
/// <param name="Minor">Of the compute capability.</param>
/// <param name="MemoryBytes">All of its memory.</param>
internal sealed record CudaGpu(string Name, int Major, int Minor, long MemoryBytes);
