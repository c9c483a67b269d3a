using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>
/// One operation with a backward of its own in libtorch's graph, over the native functions behind TorchSharp's
/// <c>autograd.Function</c>. That class keeps a second tensor of each result's size, and leaves the gradients that pass through it
/// to the finalizer; here they are freed as the backward goes on.
/// </summary>
internal sealed unsafe class AutogradNode
{
    private static readonly Stack<AutogradNode> Idle = new();
    private static readonly HashSet<AutogradNode> Alive = [];

    /// <summary>What this thread returned last: libtorch has taken it when the thread comes here again.</summary>
    [ThreadStatic]
    private static ReturnedGradients? lastReturned;

    /// <summary>The handles of the results that libtorch is recording on this thread.</summary>
    [ThreadStatic]
    private static nint[]? wrapped;

    // Kept and used again: native code must never call a delegate that was collected.
    private readonly ApplyFunction apply;
    private readonly DeleteFunction delete;
    private readonly nint applyPointer;
    private readonly nint deletePointer;
    private NodeHandle handle;
    private Func<Tensor?[], Tensor[], Tensor?[]>? backward;
    private bool runsOnce;
    private int recordingThread;
    private Tensor[] saved = [];
    private ReturnedGradients? gradients;
    private nint* gradientHandles;
    private int capacity;

    private AutogradNode()
    {
        apply = Apply;
        delete = Delete;
        applyPointer = Marshal.GetFunctionPointerForDelegate(apply);
        deletePointer = Marshal.GetFunctionPointerForDelegate(delete);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate HandleArray ApplyFunction(nint* gradients, int count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void DeleteFunction();

    /// <summary>Whether a result computed from these inputs must be recorded.</summary>
    public static bool IsNeeded(params ReadOnlySpan<Tensor?> inputs)
    {
        if (!is_grad_enabled())
        {
            return false;
        }

        foreach (var input in inputs)
        {
            if (input is { requires_grad: true })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Records an operation that was computed without a graph.</summary>
    /// <param name="inputs">What it was computed from.</param>
    /// <param name="outputs">Its results, made for this call; the caller's handles of them are disposed.</param>
    /// <param name="saved">
    /// Tensors that <paramref name="backward"/> reads; kept alive until it ran. Results among them must be detached, or the graph
    /// would hold itself.
    /// </param>
    /// <param name="backward">
    /// From the gradients of the results (null where nothing depends on one) and the saved tensors to the gradients of the inputs, in
    /// order (null for none).
    /// Called on a thread of libtorch's. What it makes is freed for it.
    /// </param>
    /// <param name="runsOnce">
    /// True frees the saved tensors when the backward has run, which may write into them and return them; the graph can then be gone
    /// back through once. False keeps them as long as a result's graph.
    /// </param>
    /// <returns>The results, with the graph.</returns>
    public static Tensor[] Record(
        IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs, IEnumerable<Tensor> saved,
        Func<Tensor?[], Tensor[], Tensor?[]> backward, bool runsOnce = true)
    {
        AutogradNode node;
        lock (Alive)
        {
            node = Idle.Count > 0 ? Idle.Pop() : new AutogradNode();
            Alive.Add(node);
        }

        node.backward = backward;
        node.runsOnce = runsOnce;
        node.recordingThread = Environment.CurrentManagedThreadId;
        // Handles of its own: what the caller does with its tensors, also at the end of a dispose scope, is no matter here.
        node.saved = [.. saved.Select(static tensor => Lifetime.After(tensor.alias().DetachFromDisposeScope(), tensor))];
        node.handle = Native.NewNode(node.applyPointer, node.deletePointer);
        fixed (nint* inputHandles = Handles(inputs))
        fixed (nint* outputHandles = Handles(outputs))
        {
            var variables = new HandleArray(inputHandles, inputs.Count);
            Native.SetNextEdges(node.handle, variables, 1);
            Native.ClearInputMetadata(node.handle);
            Native.WrapOutputs(
                variables, default, default, new HandleArray(outputHandles, outputs.Count), node.handle, &Allocate);
            GC.KeepAlive(inputs);
            Native.DisposeShared(node.handle);
            foreach (var output in outputs)
            {
                output.Dispose();
            }

            return [.. wrapped!.Select(Tensor.UnsafeCreateTensor)];
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static nint* Allocate(nuint length)
    {
        wrapped = GC.AllocateUninitializedArray<nint>((int)length, pinned: true);
        return (nint*)Marshal.UnsafeAddrOfPinnedArrayElement(wrapped, 0);
    }

    private static nint[] Handles(IReadOnlyList<Tensor> tensors) => [.. tensors.Select(static tensor => Lifetime.After(tensor.Handle, tensor))];

    private HandleArray Apply(nint* gradientsOfResults, int count)
    {
        // No exception may pass through native code: without gradients libtorch itself ends the backward with an error.
        try
        {
            lastReturned?.Free();
            using var scope = NewDisposeScope();
            var given = new Tensor?[count];
            for (var i = 0; i < count; i++)
            {
                given[i] = gradientsOfResults[i] == 0 ? null : Tensor.UnsafeCreateTensor(gradientsOfResults[i]);
            }

            var function = backward
                ?? throw new InvalidOperationException("Fused operations support a single backward pass: compute the loss again.");
            backward = runsOnce ? null : function;
            var made = function(given, saved);
            if (capacity < made.Length)
            {
                gradientHandles = (nint*)NativeMemory.Realloc(gradientHandles, (nuint)(made.Length * sizeof(nint)));
                capacity = made.Length;
            }

            for (var i = 0; i < made.Length; i++)
            {
                var gradient = made[i]?.DetachFromDisposeScope();
                gradientHandles[i] = gradient is null ? 0 : Lifetime.After(gradient.Handle, gradient);
            }

            lastReturned = gradients = new ReturnedGradients(made);
            if (runsOnce)
            {
                FreeSaved(made);
            }

            return new HandleArray(gradientHandles, made.Length);
        }
        catch (Exception error)
        {
            // Also on the standard error output: of a plain backward() libtorch's own message is all that the caller gets.
            RunningBackward.NoteFailure(error, recordingThread);
            Console.Error.WriteLine($"Precision: the backward of a fused operation failed. {error}");
            return default;
        }
    }

    private void Delete()
    {
        try
        {
            gradients?.Free();
            gradients = null;
            FreeSaved([]);
            backward = null;
            Native.DisposeWeak(handle);
            handle = default;
            lock (Alive)
            {
                Alive.Remove(this);
                Idle.Push(this);
            }
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"Precision: a fused operation could not be freed. {error}");
        }
    }

    private void FreeSaved(Tensor?[] except)
    {
        foreach (var tensor in Interlocked.Exchange(ref saved, []))
        {
            if (!except.Contains(tensor, ReferenceEqualityComparer.Instance))
            {
                tensor.Dispose();
            }
        }
    }

    /// <summary>A C array of tensor handles.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct HandleArray(nint* array, long length)
    {
        public readonly nint* Array = array;
        public readonly long Length = length;
    }

    /// <summary>The native node: a shared pointer while it is being made, then a weak one.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NodeHandle
    {
        public nint Shared;
        public nint Weak;
    }

    /// <summary>TorchSharp's own native library (src/Native/LibTorchSharp/THSAutograd.h).</summary>
    private static class Native
    {
        public static readonly delegate* unmanaged[Cdecl]<nint, nint, NodeHandle> NewNode
            = (delegate* unmanaged[Cdecl]<nint, nint, NodeHandle>)LibTorch.TorchSharpExport("THSAutograd_CSharpNode_ctor");

        public static readonly delegate* unmanaged[Cdecl]<NodeHandle, HandleArray, byte, void> SetNextEdges
            = (delegate* unmanaged[Cdecl]<NodeHandle, HandleArray, byte, void>)
                LibTorch.TorchSharpExport("THSAutograd_CSharpNode_setNextEdges");

        public static readonly delegate* unmanaged[Cdecl]<NodeHandle, void> ClearInputMetadata
            = (delegate* unmanaged[Cdecl]<NodeHandle, void>)LibTorch.TorchSharpExport("THSAutograd_CSharpNode_clearInputMetadata");

        /// <summary>Variables, non-differentiable and dirty ones, results, node, allocator of the list of handles.</summary>
        public static readonly delegate* unmanaged[Cdecl]<HandleArray, HandleArray, HandleArray, HandleArray, NodeHandle, delegate* unmanaged[Cdecl]<nuint, nint*>, void> WrapOutputs
            = (delegate* unmanaged[Cdecl]<HandleArray, HandleArray, HandleArray, HandleArray, NodeHandle, delegate* unmanaged[Cdecl]<nuint, nint*>, void>)
                LibTorch.TorchSharpExport("THSAutograd_Function_wrapOutputs");

        public static readonly delegate* unmanaged[Cdecl]<NodeHandle, void> DisposeShared
            = (delegate* unmanaged[Cdecl]<NodeHandle, void>)LibTorch.TorchSharpExport("THSAutograd_CSharpNode_disposeSharedPtr");

        public static readonly delegate* unmanaged[Cdecl]<NodeHandle, void> DisposeWeak
            = (delegate* unmanaged[Cdecl]<NodeHandle, void>)LibTorch.TorchSharpExport("THSAutograd_CSharpNode_disposeWeakPtr");
    }

    /// <summary>Gradients that were handed to libtorch, which copies the handles after the return: freed later, once.</summary>
    private sealed class ReturnedGradients(Tensor?[] tensors)
    {
        private Tensor?[]? tensors = tensors;

        public void Free()
        {
            foreach (var tensor in Interlocked.Exchange(ref tensors, null) ?? [])
            {
                tensor?.Dispose();
            }
        }
    }
}
