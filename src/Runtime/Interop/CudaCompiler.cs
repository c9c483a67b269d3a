using System.Runtime.InteropServices;
using System.Text;

namespace Precision.Interop;

/// <summary>NVIDIA's run-time compiler (NVRTC): CUDA C++ text to machine code of one kind of GPU.</summary>
internal static unsafe class CudaCompiler
{
    /// <summary>Whether the compiler is there.</summary>
    public static bool IsAvailable => CudaLibraries.OfCompiler("nvrtcGetCUBIN") != 0;

    /// <summary>Compiles one source.</summary>
    /// <param name="source">CUDA C++.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <param name="options">The options, <c>--gpu-architecture=sm_90</c> among them.</param>
    /// <returns>The machine code (cubin).</returns>
    /// <exception cref="InvalidOperationException">The source does not compile; the message has the compiler's text.</exception>
    public static byte[] Compile(string source, string name, IReadOnlyList<string> options)
    {
        var create = (delegate* unmanaged[Cdecl]<nint*, nint, nint, int, nint, nint, int>)CudaLibraries.OfCompiler("nvrtcCreateProgram");
        var compile = (delegate* unmanaged[Cdecl]<nint, int, nint*, int>)CudaLibraries.OfCompiler("nvrtcCompileProgram");
        var destroy = (delegate* unmanaged[Cdecl]<nint*, int>)CudaLibraries.OfCompiler("nvrtcDestroyProgram");
        var texts = new List<nint> { Marshal.StringToCoTaskMemUTF8(source), Marshal.StringToCoTaskMemUTF8(name) };
        nint program = 0;
        try
        {
            if (create(&program, texts[0], texts[1], 0, 0, 0) is var error and not 0)
            {
                throw new InvalidOperationException($"NVRTC cannot create a program (nvrtcResult {error}).");
            }

            texts.AddRange(options.Select(static option => Marshal.StringToCoTaskMemUTF8(option)));
            fixed (nint* arguments = texts.Skip(2).ToArray())
            {
                error = compile(program, options.Count, arguments);
            }

            if (error != 0)
            {
                var log = Encoding.UTF8.GetString(Read(program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog")).TrimEnd('\0', '\n');
                throw new InvalidOperationException($"The CUDA source '{name}' does not compile (nvrtcResult {error}): {log}");
            }

            return Read(program, "nvrtcGetCUBINSize", "nvrtcGetCUBIN");
        }
        finally
        {
            if (program != 0)
            {
                _ = destroy(&program);
            }

            texts.ForEach(Marshal.FreeCoTaskMem);
        }
    }

    private static byte[] Read(nint program, string sizeFunction, string function)
    {
        nuint size;
        _ = ((delegate* unmanaged[Cdecl]<nint, nuint*, int>)CudaLibraries.OfCompiler(sizeFunction))(program, &size);
        var bytes = new byte[size];
        fixed (byte* target = bytes)
        {
            _ = ((delegate* unmanaged[Cdecl]<nint, byte*, int>)CudaLibraries.OfCompiler(function))(program, target);
        }

        return bytes;
    }
}
