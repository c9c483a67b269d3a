using System.Runtime.InteropServices;

namespace Precision.Interop;

/// <summary>Machine code loaded onto one GPU, in the context that libtorch uses (the primary one).</summary>
internal sealed unsafe class CudaModule
{
    private const int MaxDynamicSharedMemory = 8;   // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES

    private static readonly delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> LaunchKernel
        = (delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)
            CudaLibraries.OfDriver("cuLaunchKernel");

    private readonly CudaContext context;
    private readonly nint module;

    /// <param name="device">The number of the GPU.</param>
    /// <param name="code">What <see cref="CudaCompiler"/> made for it.</param>
    /// <exception cref="InvalidOperationException">The driver refuses the code.</exception>
    public CudaModule(int device, byte[] code)
    {
        nint loaded;
        context = new CudaContext(device);
        var before = context.Enter();
        try
        {
            fixed (byte* bytes = code)
            {
                CudaContext.Check(
                    ((delegate* unmanaged[Cdecl]<nint*, byte*, int>)CudaLibraries.OfDriver("cuModuleLoadData"))(&loaded, bytes),
                    "cuModuleLoadData");
            }
        }
        finally
        {
            context.Leave(before);
        }

        module = loaded;
    }

    /// <summary>Whether everything is there that launching needs.</summary>
    public static bool IsAvailable => CudaContext.IsAvailable && LaunchKernel is not null;

    /// <summary>A kernel of the module, by the name that it has as <c>extern "C"</c>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="sharedBytes">The dynamic shared memory that each launch gets.</param>
    /// <exception cref="InvalidOperationException">There is none, or the GPU has not so much shared memory.</exception>
    public nint Kernel(string name, int sharedBytes)
    {
        nint function;
        var text = Marshal.StringToCoTaskMemUTF8(name);
        var before = context.Enter();
        try
        {
            CudaContext.Check(
                ((delegate* unmanaged[Cdecl]<nint*, nint, nint, int>)CudaLibraries.OfDriver("cuModuleGetFunction"))(&function, module, text),
                "cuModuleGetFunction");
            if (sharedBytes > 0)
            {
                CudaContext.Check(
                    ((delegate* unmanaged[Cdecl]<nint, int, int, int>)CudaLibraries.OfDriver("cuFuncSetAttribute"))(
                        function, MaxDynamicSharedMemory, sharedBytes),
                    "cuFuncSetAttribute");
            }
        }
        finally
        {
            context.Leave(before);
            Marshal.FreeCoTaskMem(text);
        }

        return function;
    }

    /// <summary>Launches a kernel on libtorch's current stream of the calling thread.</summary>
    /// <param name="kernel">From <see cref="Kernel"/>.</param>
    /// <param name="grid">Blocks in x and y.</param>
    /// <param name="block">Threads of a block in x and y.</param>
    /// <param name="sharedBytes">As given to <see cref="Kernel"/>.</param>
    /// <param name="arguments">The arguments in order, each in the low bytes of its place.</param>
    /// <exception cref="InvalidOperationException">The driver refuses the launch.</exception>
    public void Launch(nint kernel, (int X, int Y) grid, (int X, int Y) block, int sharedBytes, ReadOnlySpan<ulong> arguments)
    {
        var stream = context.Stream;
        var before = context.Enter();
        try
        {
            fixed (ulong* values = arguments)
            {
                var pointers = stackalloc void*[arguments.Length];
                for (var i = 0; i < arguments.Length; i++)
                {
                    pointers[i] = values + i;
                }

                CudaContext.Check(
                    LaunchKernel(
                        kernel, (uint)grid.X, (uint)grid.Y, 1, (uint)block.X, (uint)block.Y, 1, (uint)sharedBytes, stream, pointers, null),
                    "cuLaunchKernel");
            }
        }
        finally
        {
            context.Leave(before);
        }
    }
}
