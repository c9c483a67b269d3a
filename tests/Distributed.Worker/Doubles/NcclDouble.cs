using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Precision.Distributed.Nccl;

namespace Precision.Distributed.Worker.Doubles;

/// <summary>
/// Stands in for NCCL's library where there is no GPU: native functions that note how they are called, and leave the buffers as they are.
/// </summary>
internal static unsafe class NcclDouble
{
    private const nint Communicator = 4711;
    private const int SystemError = 2;   // ncclSystemError

    private static readonly nint ErrorText = Marshal.StringToCoTaskMemUTF8("system error");
    private static readonly nint NoText = Marshal.StringToCoTaskMemUTF8("");

    /// <summary>The calls, in order.</summary>
    public static List<string> Calls { get; } = [];

    /// <summary>What ncclCommGetAsyncError tells.</summary>
    public static volatile int AsyncError;

    /// <summary>Makes ncclCommInitRank wait for ever.</summary>
    public static bool NeverConnects { get; set; }

    public static NcclLibrary Library => new(Find);

    /// <summary>Lets the next look at the communicator find an error.</summary>
    public static void FailAsynchronously() => AsyncError = SystemError;

    private static nint Find(string name) => name switch
    {
        "ncclGetVersion" => (nint)(delegate* unmanaged[Cdecl]<int*, int>)&GetVersion,
        "ncclGetUniqueId" => (nint)(delegate* unmanaged[Cdecl]<byte*, int>)&GetUniqueId,
        "ncclCommInitRank" => (nint)(delegate* unmanaged[Cdecl]<nint*, int, NcclId, int, int>)&CommInitRank,
        "ncclAllReduce" => (nint)(delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)&AllReduce,
        "ncclReduceScatter" => (nint)(delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)&ReduceScatter,
        "ncclAllGather" => (nint)(delegate* unmanaged[Cdecl]<nint, nint, nuint, int, nint, nint, int>)&AllGather,
        "ncclBroadcast" => (nint)(delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)&Broadcast,
        "ncclCommGetAsyncError" => (nint)(delegate* unmanaged[Cdecl]<nint, int*, int>)&CommGetAsyncError,
        "ncclCommAbort" => (nint)(delegate* unmanaged[Cdecl]<nint, int>)&CommAbort,
        "ncclCommDestroy" => (nint)(delegate* unmanaged[Cdecl]<nint, int>)&CommDestroy,
        "ncclGetErrorString" => (nint)(delegate* unmanaged[Cdecl]<int, byte*>)&GetErrorString,
        "ncclGetLastError" => (nint)(delegate* unmanaged[Cdecl]<nint, byte*>)&GetLastError,
        _ => 0,
    };

    /// <summary>Adds to the calls.</summary>
    public static int Note(string call)
    {
        lock (Calls)
        {
            Calls.Add(call);
        }

        return NcclLibrary.Success;
    }

    private static int Note(string name, nint send, nint receive, nuint count, int dtype, int argument, nint communicator, nint stream)
        => Note($"{name} {(send == receive ? "in place" : "to another")} {count} {dtype} {argument} {communicator == Communicator} {stream}");

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetVersion(int* version)
    {
        *version = 22809;
        return NcclLibrary.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetUniqueId(byte* id)
    {
        Encoding.UTF8.GetBytes($"made by process {Environment.ProcessId}", new Span<byte>(id, NcclId.Size));
        return NcclLibrary.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CommInitRank(nint* communicator, int ranks, NcclId id, int rank)
    {
        while (NeverConnects)
        {
            Thread.Sleep(Timeout.Infinite);
        }

        *communicator = Communicator;
        return Note($"CommInitRank {rank} of {ranks} {Encoding.UTF8.GetString(id.ToArray()).TrimEnd('\0')}");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AllReduce(nint send, nint receive, nuint count, int dtype, int operation, nint communicator, nint stream)
        => Note("AllReduce", send, receive, count, dtype, operation, communicator, stream);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ReduceScatter(nint send, nint receive, nuint count, int dtype, int operation, nint communicator, nint stream)
        => Note("ReduceScatter", send, receive, count, dtype, operation, communicator, stream);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AllGather(nint send, nint receive, nuint count, int dtype, nint communicator, nint stream)
        => Note("AllGather", send, receive, count, dtype, 0, communicator, stream);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Broadcast(nint send, nint receive, nuint count, int dtype, int root, nint communicator, nint stream)
        => Note("Broadcast", send, receive, count, dtype, root, communicator, stream);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CommGetAsyncError(nint communicator, int* error)
    {
        *error = AsyncError;
        return NcclLibrary.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CommAbort(nint communicator) => Note("CommAbort");

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CommDestroy(nint communicator) => Note("CommDestroy");

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* GetErrorString(int error) => (byte*)ErrorText;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* GetLastError(nint communicator) => (byte*)NoText;
}
