using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// The tensors that one generated forward, or a call of what is on a list of operations, got and made. What it made is freed when it ends,
/// so that a forward without a dispose scope leaves no more tensors behind than the model's own code does. Kept on a stack of the thread:
/// nothing is allocated.
/// </summary>
internal readonly ref struct ForwardTensors
{
    [ThreadStatic]
    private static ForwardStack? ofThread;

    /// <summary>null for <c>default</c>, which notes and frees nothing.</summary>
    private readonly ForwardStack? stack;
    private readonly int begin;
    private readonly int level;

    /// <summary>How many forwards run around it.</summary>
    private readonly int outer;

    private ForwardTensors(ForwardStack stack, bool isForward)
    {
        this.stack = stack;
        begin = stack.Count;
        outer = stack.Level;
        level = stack.Level += isForward ? 1 : 0;
    }

    /// <summary>Whether no other generated forward of this thread runs around this one.</summary>
    public bool IsOutermost => level == 1;

    /// <summary>Whether a generated forward runs on this thread.</summary>
    public static bool AreAnyRunning => ofThread is { Level: > 0 };

    /// <summary>Begins a forward, inside of those that run on this thread.</summary>
    public static ForwardTensors Begin() => new(ofThread ??= new ForwardStack(), isForward: true);

    /// <summary>Begins a call that is no forward: one inside of it may be the outermost.</summary>
    public static ForwardTensors BeginCall() => new(ofThread ??= new ForwardStack(), isForward: false);

    /// <summary>Stands for the forward that ran around what runs now, so that forwards in it are inner ones again. Frees nothing.</summary>
    public static ForwardTensors BeginAgain()
    {
        var around = Begin();
        around.Leave();
        return around;
    }

    /// <summary>Notes an input that the caller holds.</summary>
    public Tensor AddGiven(Tensor input)
    {
        stack?.Push(input, isTemporary: false);
        return input;
    }

    /// <summary>Notes a tensor that the forward has made, and that nobody else holds.</summary>
    public Tensor AddTemporary(Tensor tensor)
    {
        stack!.Push(tensor, isTemporary: true);
        return tensor;
    }

    /// <summary>Notes a result that was replaced by its cast, unless the caller or the model holds it.</summary>
    public void AddResult(Tensor result, nn.Module module)
    {
        if (Find(result) < 0 && !HeldTensors.Has(module, result))
        {
            AddTemporary(result);
        }
    }

    /// <summary>Leaves a tensor to the caller.</summary>
    public Tensor Release(Tensor result)
    {
        if (Find(result) is var index and >= 0)
        {
            stack![index].IsTemporary = false;
        }

        return result;
    }

    /// <summary>Frees nothing of what this forward will make. Said before anything is noted.</summary>
    public void Leave() => stack?.Push(tensor: null, isTemporary: false);

    /// <summary>
    /// Ends the forward, and those inside of it that were forgotten. Ending it twice, or one that never began, changes nothing.
    /// </summary>
    /// <param name="module">Whose forward it is; null where no module's hooks have seen what it made.</param>
    /// <remarks>A hook may have kept what the forward made. Then the garbage collector frees it, as it frees what a plain module leaves.</remarks>
    public void End(nn.Module? module)
    {
        if (stack is null || stack.Level < level)
        {
            return;
        }

        stack.Level = outer;
        if (HasTemporaries() && (module is null || !HeldTensors.MayBeInHooks(module)))
        {
            for (var i = begin; i < stack.Count; i++)
            {
                if (stack[i].IsTemporary)
                {
                    stack[i].Tensor!.Dispose();
                }
            }
        }

        stack.CutTo(begin);
    }

    private bool HasTemporaries()
    {
        var isLeft = stack!.Count > begin && stack[begin].Tensor is null;
        for (var i = begin; i < stack.Count && !isLeft; i++)
        {
            if (stack[i].IsTemporary)
            {
                return true;
            }
        }

        return false;
    }

    private int Find(Tensor tensor)
    {
        for (var i = begin; i < stack?.Count; i++)
        {
            if (ReferenceEquals(stack[i].Tensor, tensor))
            {
                return i;
            }
        }

        return -1;
    }
}
