using System.Runtime.InteropServices;

namespace Precision.Interop;

/// <summary>Machine code loaded onto one GPU, in the context that libtorch uses (the primary one).</summary>
internal sealed unsafe class CudaModule
{
    private const int MaxDynamicSharedMemory = 8;   // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES

    private static readonly delegate* unmanaged[Cdecl]<nint*, int> GetCurrent
        = (delegate* unmanaged[Cdecl]<nint*, int>)CudaLibraries.OfDriver("cuCtxGetCurrent");

    private static readonly delegate* unmanaged[Cdecl]<nint, int> SetCurrent
        = (delegate* unmanaged[Cdecl]<nint, int>)CudaLibraries.OfDriver("cuCtxSetCurrent");

    private static readonly delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> LaunchKernel
        = (delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)
            CudaLibraries.OfDriver("cuLaunchKernel");

    private static readonly delegate* unmanaged[Cdecl]<int, nint*, int> CurrentStream
        = (delegate* unmanaged[Cdecl]<int, nint*, int>)CudaLibraries.OfTorch("aoti_torch_get_current_cuda_stream");

    private readonly int device;
    private readonly nint context;
    private readonly nint module;

    /// <param name="device">The number of the GPU.</param>
    /// <param name="code">What <see cref="CudaCompiler"/> made for it.</param>
    /// <exception cref="InvalidOperationException">The driver refuses the code.</exception>
    public CudaModule(int device, byte[] code)
    {
        this.device = device;
        int handle;
        nint primary, loaded;
        Check(((delegate* unmanaged[Cdecl]<int*, int, int>)CudaLibraries.OfDriver("cuDeviceGet"))(&handle, device), "cuDeviceGet");
        Check(
            ((delegate* unmanaged[Cdecl]<nint*, int, int>)CudaLibraries.OfDriver("cuDevicePrimaryCtxRetain"))(&primary, handle),
            "cuDevicePrimaryCtxRetain");
        context = primary;
        var before = Enter();
        try
        {
            fixed (byte* bytes = code)
            {
                Check(((delegate* unmanaged[Cdecl]<nint*, byte*, int>)CudaLibraries.OfDriver("cuModuleLoadData"))(&loaded, bytes), "cuModuleLoadData");
            }
        }
        finally
        {
            Leave(before);
        }

        module = loaded;
    }

    /// <summary>Whether everything is there that launching needs.</summary>
    public static bool IsAvailable => GetCurrent is not null && SetCurrent is not null && LaunchKernel is not null && CurrentStream is not null;

    /// <summary>A kernel of the module, by the name that it has as <c>extern "C"</c>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="sharedBytes">The dynamic shared memory that each launch gets.</param>
    /// <exception cref="InvalidOperationException">There is none, or the GPU has not so much shared memory.</exception>
    public nint Kernel(string name, int sharedBytes)
    {
        nint function;
        var text = Marshal.StringToCoTaskMemUTF8(name);
        var before = Enter();
        try
        {
            Check(
                ((delegate* unmanaged[Cdecl]<nint*, nint, nint, int>)CudaLibraries.OfDriver("cuModuleGetFunction"))(&function, module, text),
                "cuModuleGetFunction");
            if (sharedBytes > 0)
            {
                Check(
                    ((delegate* unmanaged[Cdecl]<nint, int, int, int>)CudaLibraries.OfDriver("cuFuncSetAttribute"))(
                        function, MaxDynamicSharedMemory, sharedBytes),
                    "cuFuncSetAttribute");
            }
        }
        finally
        {
            Leave(before);
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
        nint stream;
        Check(CurrentStream(device, &stream), "aoti_torch_get_current_cuda_stream");
        var before = Enter();
        try
        {
            fixed (ulong* values = arguments)
            {
                var pointers = stackalloc void*[arguments.Length];
                for (var i = 0; i < arguments.Length; i++)
                {
                    pointers[i] = values + i;
                }

                Check(
                    LaunchKernel(
                        kernel, (uint)grid.X, (uint)grid.Y, 1, (uint)block.X, (uint)block.Y, 1, (uint)sharedBytes, stream, pointers, null),
                    "cuLaunchKernel");
            }
        }
        finally
        {
            Leave(before);
        }
    }

    private static void Check(int error, string function)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"CUDA's {function} returned error {error}.");
        }
    }

    // libtorch has made the context current on threads that have used this GPU; on others it is lent for the call.
    private nint Enter()
    {
        nint current;
        Check(GetCurrent(&current), "cuCtxGetCurrent");
        if (current != context)
        {
            Check(SetCurrent(context), "cuCtxSetCurrent");
        }

        return current;
    }

    private void Leave(nint before)
    {
        if (before != context && before != 0)
        {
            Check(SetCurrent(before), "cuCtxSetCurrent");
        }
    }
}
