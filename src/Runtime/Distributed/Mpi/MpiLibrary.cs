using System.Runtime.InteropServices;
using System.Text;

namespace Precision.Distributed.Mpi;

/// <summary>
/// Open MPI's C interface. Its handles are addresses of objects in the library; MPICH's are numbers, so that one binding cannot serve both.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    public const int Success = 0;

    /// <summary>MPI_THREAD_SERIALIZED: several threads call, one at a time.</summary>
    public const int ThreadSerialized = 2;

    private const int LongestText = 256;   // MPI_MAX_ERROR_STRING, MPI_MAX_LIBRARY_VERSION_STRING

    private readonly nint library;

    private MpiLibrary(nint library)
    {
        this.library = library;
        InitThread = (delegate* unmanaged[Cdecl]<int*, byte***, int, int*, int>)Function("MPI_Init_thread");
        Initialized = (delegate* unmanaged[Cdecl]<int*, int>)Function("MPI_Initialized");
        Finalized = (delegate* unmanaged[Cdecl]<int*, int>)Function("MPI_Finalized");
        FinalizeAll = (delegate* unmanaged[Cdecl]<int>)Function("MPI_Finalize");
        CommSize = (delegate* unmanaged[Cdecl]<nint, int*, int>)Function("MPI_Comm_size");
        CommRank = (delegate* unmanaged[Cdecl]<nint, int*, int>)Function("MPI_Comm_rank");
        CommSetErrhandler = (delegate* unmanaged[Cdecl]<nint, nint, int>)Function("MPI_Comm_set_errhandler");
        Iallreduce = (delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int>)Function("MPI_Iallreduce");
        Ibcast = (delegate* unmanaged[Cdecl]<nint, int, nint, int, nint, nint*, int>)Function("MPI_Ibcast");
        IreduceScatterBlock = (delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int>)Function("MPI_Ireduce_scatter_block");
        Iallgather = (delegate* unmanaged[Cdecl]<nint, int, nint, nint, int, nint, nint, nint*, int>)Function("MPI_Iallgather");
        Ibarrier = (delegate* unmanaged[Cdecl]<nint, nint*, int>)Function("MPI_Ibarrier");
        Test = (delegate* unmanaged[Cdecl]<nint*, int*, nint, int>)Function("MPI_Test");
        World = Function("ompi_mpi_comm_world");
    }

    public delegate* unmanaged[Cdecl]<int*, byte***, int, int*, int> InitThread { get; }

    public delegate* unmanaged[Cdecl]<int*, int> Initialized { get; }

    public delegate* unmanaged[Cdecl]<int*, int> Finalized { get; }

    public delegate* unmanaged[Cdecl]<int> FinalizeAll { get; }

    public delegate* unmanaged[Cdecl]<nint, int*, int> CommSize { get; }

    public delegate* unmanaged[Cdecl]<nint, int*, int> CommRank { get; }

    public delegate* unmanaged[Cdecl]<nint, nint, int> CommSetErrhandler { get; }

    /// <summary>Send buffer, receive buffer, count, type, operation, communicator, request.</summary>
    public delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int> Iallreduce { get; }

    /// <summary>Buffer, count, type, root, communicator, request.</summary>
    public delegate* unmanaged[Cdecl]<nint, int, nint, int, nint, nint*, int> Ibcast { get; }

    /// <summary>Send buffer, receive buffer, count of one part, type, operation, communicator, request.</summary>
    public delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int> IreduceScatterBlock { get; }

    /// <summary>Send buffer, its count, its type, receive buffer, count of one part, type, communicator, request.</summary>
    public delegate* unmanaged[Cdecl]<nint, int, nint, nint, int, nint, nint, nint*, int> Iallgather { get; }

    public delegate* unmanaged[Cdecl]<nint, nint*, int> Ibarrier { get; }

    public delegate* unmanaged[Cdecl]<nint*, int*, nint, int> Test { get; }

    /// <summary>MPI_COMM_WORLD.</summary>
    public nint World { get; }

    /// <summary>Where the buffer's place in an argument says that the values lie in the other buffer (MPI_IN_PLACE).</summary>
    public static nint InPlace => 1;

    /// <summary>Loads the library.</summary>
    /// <param name="names">Where to look, in this order.</param>
    /// <exception cref="ProcessGroupException">There is none, or it is another MPI.</exception>
    public static MpiLibrary Load(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _)
                    ? new MpiLibrary(library)
                    : throw new ProcessGroupException(
                        $"'{name}' is {VersionOf(library)}, and Precision joins CPUs by Open MPI. "
                            + "Install Open MPI (Debian and Ubuntu: apt-get install openmpi-bin), start the program with its mpirun, and put its library first on LD_LIBRARY_PATH.");
            }
        }

        throw new ProcessGroupException(
            $"Several ranks on CPUs need Open MPI, and there is no {string.Join(" or ", names.ToArray())} here. "
                + "Install it (Debian and Ubuntu: apt-get install openmpi-bin) or name its folder in LD_LIBRARY_PATH, and start the program with its mpirun.");
    }

    /// <summary>An object of the library: a type (ompi_mpi_float), an operation (ompi_mpi_op_sum), an error handler.</summary>
    public nint Object(string name) => Function(name);

    /// <summary>Turns an error code into an exception.</summary>
    public void Check(int error, string function)
    {
        if (error == Success)
        {
            return;
        }

        var text = stackalloc byte[LongestText];
        var length = 0;
        var errorString = (delegate* unmanaged[Cdecl]<int, byte*, int*, int>)Function("MPI_Error_string");
        var described = errorString(error, text, &length) == Success ? Encoding.UTF8.GetString(text, length) : $"error {error}";
        throw new ProcessGroupException($"{function} failed: {described}.");
    }

    private static string VersionOf(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "MPI_Get_library_version", out var address))
        {
            return "no MPI that Precision knows";
        }

        var text = stackalloc byte[8 * 1024];   // MPICH's is that long
        var length = 0;
        _ = ((delegate* unmanaged[Cdecl]<byte*, int*, int>)address)(text, &length);
        return Encoding.UTF8.GetString(text, length).Split('\n', ',')[0].Trim();
    }

    private nint Function(string name)
        => NativeLibrary.TryGetExport(library, name, out var address)
            ? address
            : throw new ProcessGroupException($"The Open MPI here does not export {name}. Precision needs version 4 or 5.");
}
