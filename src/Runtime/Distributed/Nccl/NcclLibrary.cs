using System.Runtime.InteropServices;
using Precision.Interop;

namespace Precision.Distributed.Nccl;

/// <summary>NCCL's C interface (nccl.h). Each function returns 0 or an error, for which <see cref="Check"/> has the text.</summary>
internal sealed unsafe class NcclLibrary
{
    public const int Success = 0;

    private const int OldestVersion = 21300;   // 2.13: ncclGetLastError
    private const string FileName = "libnccl.so.2";

    private readonly delegate* unmanaged[Cdecl]<int, byte*> errorString;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*> lastError;

    /// <param name="find">Gives the address of a function; 0 = there is none.</param>
    /// <exception cref="ProcessGroupException">A function is missing, or the version is too old.</exception>
    public NcclLibrary(Func<string, nint> find)
    {
        nint Function(string name)
            => find(name) is not 0 and var address
                ? address
                : throw new ProcessGroupException($"The NCCL here has no {name}. Use NCCL 2.13 or later.");

        GetUniqueId = (delegate* unmanaged[Cdecl]<NcclId*, int>)Function("ncclGetUniqueId");
        CommInitRank = (delegate* unmanaged[Cdecl]<nint*, int, NcclId, int, int>)Function("ncclCommInitRank");
        AllReduce = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)Function("ncclAllReduce");
        ReduceScatter = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)Function("ncclReduceScatter");
        AllGather = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, nint, nint, int>)Function("ncclAllGather");
        Broadcast = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)Function("ncclBroadcast");
        CommGetAsyncError = (delegate* unmanaged[Cdecl]<nint, int*, int>)Function("ncclCommGetAsyncError");
        CommAbort = (delegate* unmanaged[Cdecl]<nint, int>)Function("ncclCommAbort");
        CommDestroy = (delegate* unmanaged[Cdecl]<nint, int>)Function("ncclCommDestroy");
        errorString = (delegate* unmanaged[Cdecl]<int, byte*>)Function("ncclGetErrorString");
        lastError = (delegate* unmanaged[Cdecl]<nint, byte*>)Function("ncclGetLastError");
        int version;
        Check(((delegate* unmanaged[Cdecl]<int*, int>)Function("ncclGetVersion"))(&version), "ncclGetVersion");
        Version = version >= OldestVersion
            ? version
            : throw new ProcessGroupException($"The NCCL here has version number {version}, and Precision needs 2.13 or later.");
    }

    /// <summary>For example 22809 for 2.28.9.</summary>
    public int Version { get; }

    public delegate* unmanaged[Cdecl]<NcclId*, int> GetUniqueId { get; }

    /// <summary>Communicator, number of ranks, id, rank; on the current device.</summary>
    public delegate* unmanaged[Cdecl]<nint*, int, NcclId, int, int> CommInitRank { get; }

    /// <summary>Send buffer, receive buffer, count, dtype, operation, communicator, stream.</summary>
    public delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int> AllReduce { get; }

    /// <summary>Send buffer, receive buffer, count of one part, dtype, operation, communicator, stream.</summary>
    public delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int> ReduceScatter { get; }

    /// <summary>Send buffer, receive buffer, count of one part, dtype, communicator, stream.</summary>
    public delegate* unmanaged[Cdecl]<nint, nint, nuint, int, nint, nint, int> AllGather { get; }

    /// <summary>Send buffer, receive buffer, count, dtype, root, communicator, stream.</summary>
    public delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int> Broadcast { get; }

    public delegate* unmanaged[Cdecl]<nint, int*, int> CommGetAsyncError { get; }

    public delegate* unmanaged[Cdecl]<nint, int> CommAbort { get; }

    public delegate* unmanaged[Cdecl]<nint, int> CommDestroy { get; }

    /// <summary>
    /// The NCCL that libtorch uses, linked into it or loaded beside it, so that there is one in the process; where it has none, that of the
    /// system.
    /// </summary>
    /// <exception cref="ProcessGroupException">There is none.</exception>
    public static NcclLibrary Find()
    {
        if (CudaLibraries.OfTorch("ncclAllReduce") != 0)
        {
            return new(CudaLibraries.OfTorch);
        }

        return NativeLibrary.TryLoad(FileName, out var library)
            ? new(name => NativeLibrary.TryGetExport(library, name, out var address) ? address : 0)
            : throw new ProcessGroupException(
                $"Several ranks on GPUs need NCCL, and neither libtorch has it nor is there a {FileName}. "
                    + "Install it (NVIDIA's package libnccl2, on Linux) and name its folder in LD_LIBRARY_PATH; or join CPUs: CUDA_VISIBLE_DEVICES= (empty).");
    }

    /// <summary>Turns an error code into an exception.</summary>
    public void Check(int error, string function)
    {
        if (error != Success)
        {
            throw new ProcessGroupException($"{function} failed: {Describe(error, 0)}. With NCCL_DEBUG=WARN NCCL writes more.");
        }
    }

    /// <summary>What NCCL says of an error.</summary>
    public string Describe(int error, nint communicator)
    {
        var details = Marshal.PtrToStringUTF8((nint)lastError(communicator));
        return Marshal.PtrToStringUTF8((nint)errorString(error)) + (string.IsNullOrWhiteSpace(details) ? "" : $" ({details.Trim()})");
    }
}
