using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>Hears from a backward which gradients it has accumulated.</summary>
internal interface IAccumulationListener
{
    /// <summary>A gradient is complete. Called on a thread of libtorch's; must not throw.</summary>
    /// <param name="number">What <see cref="AccumulationHook.Set"/> was given.</param>
    void OnAccumulated(int number);
}

/// <summary>
/// Calls back when a backward has put a leaf's gradient into <c>.grad</c>, as PyTorch's <c>register_post_accumulate_grad_hook</c> does:
/// once in a backward, however often the leaf was used, except where a part of the backward is a backward of its own.
/// </summary>
/// <remarks>
/// libtorch takes an object of <c>torch::autograd::PostAccumulateGradHook</c> (torch/csrc/autograd/function_hook.h), which is made here by
/// hand: a table of functions in the order of Itanium's C++ ABI, and two fields. The tensor owns it and deletes it.
/// </remarks>
internal static unsafe class AccumulationHook
{
    // The pointer is one of libstdc++'s: this is the name on Linux, where NCCL is too.
    private const string Setter = "_ZN5torch8autograd4impl23set_post_acc_grad_hooksERKN2at10TensorBaseE"
        + "St10unique_ptrINS0_22PostAccumulateGradHookESt14default_deleteIS7_EE";

    private static readonly Lazy<nint> SetHook = new(static () => LibTorch.Find(Setter));
    private static readonly nint Table = MakeTable();

    /// <summary>Whether this libtorch has what is needed.</summary>
    public static bool IsAvailable => SetHook.Value != 0;

    /// <summary>Lets a listener hear of a leaf, instead of an earlier one.</summary>
    /// <param name="leaf">A parameter.</param>
    /// <param name="listener">Who hears. The leaf does not keep it alive.</param>
    /// <param name="number">What it is told.</param>
    public static void Set(Tensor leaf, IAccumulationListener listener, int number)
    {
        var hook = (Hook*)NativeMemory.Alloc((nuint)sizeof(Hook));
        *hook = new Hook { Table = Table, Listener = WeakGCHandle<IAccumulationListener>.ToIntPtr(new(listener)), Number = number };
        Give(leaf, hook);
    }

    /// <summary>Leaves a leaf without listener.</summary>
    public static void Remove(Tensor leaf) => Give(leaf, null);

    // std::unique_ptr is passed as the address of one, and left empty.
    private static void Give(Tensor leaf, Hook* hook)
    {
        ((delegate* unmanaged[Cdecl]<nint, Hook**, void>)SetHook.Value)(leaf.Handle, &hook);
        GC.KeepAlive(leaf);
    }

    // Two words without meaning for code that asks for no type; then the functions in the order of their declaration.
    private static nint MakeTable()
    {
        var table = (nint*)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(AccumulationHook), 7 * sizeof(nint));
        table[2] = (nint)(delegate* unmanaged[Cdecl]<Hook*, void>)&Destroy;
        table[3] = (nint)(delegate* unmanaged[Cdecl]<Hook*, void>)&Delete;
        table[4] = (nint)(delegate* unmanaged[Cdecl]<Hook*, nint, void>)&Call;
        table[5] = table[6] = (nint)(delegate* unmanaged[Cdecl]<Hook*, nint, void>)&Ignore;   // of compiled autograd, which only Python has
        return (nint)(table + 2);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Call(Hook* hook, nint leaf)
    {
        if (WeakGCHandle<IAccumulationListener>.FromIntPtr(hook->Listener).TryGetTarget(out var listener))
        {
            listener.OnAccumulated(hook->Number);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Destroy(Hook* hook) => Free(hook);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Delete(Hook* hook)
    {
        Free(hook);
        NativeMemory.Free(hook);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(Hook* hook, nint argument)
    {
    }

    private static void Free(Hook* hook) => WeakGCHandle<IAccumulationListener>.FromIntPtr(hook->Listener).Dispose();

    /// <summary>The object: its first word is the address of the table's first function.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Hook
    {
        public nint Table;
        public nint Listener;
        public int Number;
    }
}
