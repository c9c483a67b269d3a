using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>
/// One call of a libtorch operator through the stable C interface: add the arguments in the order of its schema, then
/// <see cref="Invoke"/>. Dispose it (<c>using</c>): what was added and not invoked is freed. Arguments of the schema type
/// <c>Scalar</c> do not exist in this interface.
/// </summary>
/// <remarks>
/// The callee takes every argument, so that native lists cannot be kept from one call to the next. It takes them one by one: were
/// it to fail in between (an operator that this libtorch does not have), the arguments are lost, because freeing them could
/// free them twice.
/// </remarks>
internal unsafe ref struct DispatcherCall : IDisposable
{
    /// <summary>The most arguments or results of an operator that this library calls.</summary>
    private const int Capacity = 20;

    private readonly StableApi.Functions api = StableApi.Current;
    private fixed ulong stack[Capacity];
    private fixed byte kinds[Capacity];
    private int count;

    public DispatcherCall()
    {
    }

    private enum Kind : byte
    {
        Value,
        Tensor,
        TensorList,
        OptionalTensor,
    }

    /// <summary>How many operators this thread has called: for tests that assert a constant number of calls.</summary>
    [field: ThreadStatic]
    public static long Count { get; private set; }

    /// <summary>A <c>Tensor</c>.</summary>
    public void Add(Tensor tensor) => Push((ulong)NewHandle(tensor), Kind.Tensor);

    /// <summary>A <c>Tensor[]</c>.</summary>
    public void Add(IReadOnlyList<Tensor> tensors)
    {
        nint list;
        ThrowIfFailed(api.NewList((nuint)tensors.Count, &list), "torch_new_list_reserve_size");
        Push((ulong)list, Kind.TensorList);
        for (var i = 0; i < tensors.Count; i++)
        {
            // Room was reserved, so that taking the handle cannot fail.
            _ = api.ListPushBack(list, (ulong)NewHandle(tensors[i]));
        }
    }

    /// <summary>A <c>Tensor?</c>.</summary>
    public void AddOptional(Tensor? tensor)
    {
        if (tensor is null)
        {
            Push(0, Kind.Value);
            return;
        }

        // The callee frees the cell: it must come from malloc.
        var cell = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *cell = 0;
        Push((ulong)cell, Kind.OptionalTensor);
        *cell = (ulong)NewHandle(tensor);
    }

    /// <summary>A <c>float</c> of the schema, which is a double.</summary>
    public void Add(double value) => Push(BitConverter.DoubleToUInt64Bits(value), Kind.Value);

    /// <summary>An <c>int</c> of the schema, which is a long.</summary>
    public void Add(long value) => Push((ulong)value, Kind.Value);

    /// <summary>A <c>bool</c>.</summary>
    public void Add(bool value) => Push(value ? 1UL : 0UL, Kind.Value);

    /// <summary>Runs the operator, one that returns nothing.</summary>
    /// <param name="name">With its namespace, as a UTF-8 literal: the terminating zero behind it is needed.</param>
    /// <param name="overload">The overload's name, a UTF-8 literal too; absent for the default one.</param>
    /// <exception cref="InvalidOperationException">libtorch refused the call.</exception>
    public void Invoke(ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload = default)
    {
        if (!TryInvoke(name, overload))
        {
            throw new InvalidOperationException(NativeErrors.Refused(name, overload));
        }
    }

    /// <summary>Runs the operator, one whose only result is a tensor; null where libtorch refused the call.</summary>
    /// <param name="name">With its namespace, as a UTF-8 literal: the terminating zero behind it is needed.</param>
    /// <param name="overload">The overload's name, a UTF-8 literal too; absent for the default one.</param>
    public Tensor? TryInvokeTensor(ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload = default)
        => TryInvoke(name, overload) ? Tensor.UnsafeCreateTensor((nint)stack[0]) : null;

    /// <summary>Runs the operator, one whose only result is the tensor that it changed in place.</summary>
    /// <param name="name">With its namespace, as a UTF-8 literal: the terminating zero behind it is needed.</param>
    /// <exception cref="InvalidOperationException">libtorch refused the call.</exception>
    public void InvokeInPlace(ReadOnlySpan<byte> name)
    {
        Invoke(name);
        _ = api.DeleteTensor((nint)stack[0]);
    }

    /// <summary>Runs the operator, one whose only result is a <c>bool</c>.</summary>
    /// <param name="name">With its namespace, as a UTF-8 literal: the terminating zero behind it is needed.</param>
    /// <exception cref="InvalidOperationException">libtorch refused the call.</exception>
    public bool InvokeBool(ReadOnlySpan<byte> name)
    {
        Invoke(name);
        return stack[0] != 0;
    }

    /// <summary>Frees the arguments that no call has taken.</summary>
    public void Dispose()
    {
        for (; count > 0; count--)
        {
            var value = (nint)stack[count - 1];
            switch ((Kind)kinds[count - 1])
            {
                case Kind.Tensor:
                    _ = api.DeleteTensor(value);
                    break;
                case Kind.TensorList:
                    FreeList(value);
                    break;
                case Kind.OptionalTensor:
                    if (*(nint*)value is var handle and not 0)
                    {
                        _ = api.DeleteTensor(handle);
                    }

                    NativeMemory.Free((void*)value);
                    break;
            }
        }
    }

    private bool TryInvoke(ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload)
    {
        Count++;
        count = 0;
        int error;
        byte defaultOverload = 0;
        fixed (byte* nameBytes = name)
        fixed (byte* overloadBytes = overload)
        fixed (ulong* arguments = stack)
        {
            error = api.CallDispatcher(
                nameBytes, overload.IsEmpty ? &defaultOverload : overloadBytes, arguments, api.AbiVersion);
        }

        return error == 0;
    }

    private static void ThrowIfFailed(int error, string function)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"libtorch's {function} failed; what it said is on the standard error output.");
        }
    }

    private readonly void FreeList(nint list)
    {
        nuint size;
        _ = api.ListSize(list, &size);
        for (nuint i = 0; i < size; i++)
        {
            ulong item;
            _ = api.ListGetItem(list, i, &item);
            _ = api.DeleteTensor((nint)item);
        }

        _ = api.DeleteList(list);
    }

    private readonly nint NewHandle(Tensor tensor)
    {
        nint handle;
        ThrowIfFailed(api.NewTensorHandle(tensor.Handle, &handle), "aoti_torch_new_tensor_handle");
        GC.KeepAlive(tensor);
        return handle;
    }

    private void Push(ulong value, Kind kind)
    {
        stack[count] = value;
        kinds[count] = (byte)kind;
        count++;
    }
}
