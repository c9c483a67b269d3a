using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// The one place that knows where the gradients since the last step lie, and that moves them. In a training they stay on the
/// model's parameters, where PyTorch has them, divided by the loss scale: whoever reads, clips or clears them there reaches what
/// will be stepped. The masters have them only during a step, or after <see cref="MoveToMasters"/>.
/// </summary>
internal sealed class GradientOwner
{
    private readonly IReadOnlyList<MasterWeight> weights;
    private readonly Float32Copies copies = new();
    private readonly HashSet<MasterWeight> setAside = new(ReferenceEqualityComparer.Instance);
    private bool isShared;

    /// <summary>Owns the gradients of some weights.</summary>
    /// <param name="weights">The trainable parameters; the list may grow.</param>
    public GradientOwner(IReadOnlyList<MasterWeight> weights) => Stepped = this.weights = weights;

    /// <summary>Where the gradients lie.</summary>
    public GradientState State { get; private set; }

    /// <summary>Whether there are gradients that no step has used.</summary>
    public bool ArePending => State is GradientState.OnModel or GradientState.Float32 or GradientState.OnMasters;

    /// <summary>What a step updates; all trainable parameters, unless an optimizer has only some of them.</summary>
    public IReadOnlyList<MasterWeight> Stepped { get; set; }

    /// <summary>
    /// Whether an optimizer of TorchSharp's own steps. It takes sparse gradients; and the masters have their gradients from the
    /// backward on, so that calling the optimizer directly does the same to every parameter.
    /// </summary>
    public bool IsForTorchSharp { get; set; }

    /// <summary>Joins the gradients with those of other processes, which takes dense ones; null = there is one process.</summary>
    public IGradientReduction? Reduction { get; set; }

    /// <summary>
    /// The factor that the losses since the last step were multiplied by: one Float32 number; null = none. The first backward
    /// decides it, so that all micro-batches have one.
    /// </summary>
    public Tensor? LossScale { get; private set; }

    /// <summary>Leaves no gradient anywhere, whoever made it.</summary>
    public void Clear()
    {
        foreach (var weight in weights)
        {
            weight.ClearGradient();
        }

        LossScale?.Dispose();
        LossScale = null;
        State = GradientState.None;
    }

    /// <summary>As <see cref="Clear"/>, and gives back the memory of the float32 gradients.</summary>
    public void Free()
    {
        Clear();
        foreach (var weight in weights)
        {
            weight.FreeBuffer();
        }
    }

    /// <summary>
    /// Runs a backward whose gradients are added to the pending ones, those of 16-bit parameters in float32, and divided by the
    /// loss scale. What lies in <c>.grad</c> when the first backward since the last step comes is dropped. If it throws, no
    /// gradient is left: some would have this backward's part and some would not.
    /// </summary>
    /// <param name="newScale">Gives a loss scale to keep, if one is needed: one Float32 number; null = none.</param>
    /// <param name="backward">Runs the backward, from the loss multiplied by this factor.</param>
    public void Accumulate(Func<Tensor?> newScale, Action<Tensor?> backward)
    {
        using var scope = NewDisposeScope();
        try
        {
            var isFirst = !ArePending;
            BeginBackward(isFirst, newScale);
            Reduction?.BeginBackward(this, isFirst);
            backward(LossScale);
            State = GradientState.OnModel;
            Reduction?.EndBackward(this);
            EndBackward(isFirst);
        }
        catch (Exception error)
        {
            Reduction?.AbandonBackward($"a backward failed: {error.Message}");
            Clear();
            throw;
        }
    }

    /// <summary>During a backward: adds what earlier ones gave some weights, once this one has given all that it gives them.</summary>
    public void AddSetAside(IEnumerable<MasterWeight> complete)
    {
        foreach (var weight in complete.Where(setAside.Remove))
        {
            var gradient = weight.ModelParameter.grad;   // in the caller's scope
            copies.Set(weight, weight.RequireBuffer());
            if (gradient is not null)
            {
                copies.Add(weight, gradient);
            }
        }

        foreach (var weight in copies.Run())
        {
            var buffer = weight.RequireBuffer();
            weight.ModelParameter.grad = buffer;
            GC.KeepAlive(buffer);
        }
    }

    /// <summary>Refuses gradients that do not fit their parameters, before anything is done with one.</summary>
    /// <exception cref="ArgumentException">A user has set one of another shape, dtype or device.</exception>
    public void CheckFit()
    {
        foreach (var weight in weights)
        {
            using var gradient = weight.Gradient;
            if (gradient is not null)
            {
                GradientFit.Check(weight.ModelParameter, gradient, () => $"Parameter '{weight.Name}'");
            }
        }
    }

    /// <summary>Makes the gradients of 16-bit parameters float32, on the model's parameters.</summary>
    public void ToFloat32()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var weight in SixteenBit())
        {
            var gradient = weight.ModelParameter.grad;

            // A shared one that the model does not have any more was cleared or replaced there.
            var isReplaced = isShared && (gradient is null || !weight.IsBuffer(gradient));
            if (State is GradientState.OnMasters && weight.Master.grad is { } moved && !isReplaced)
            {
                copies.Set(weight, moved);
            }

            if (gradient is not null)
            {
                copies.Add(weight, gradient);
            }

            weight.Master.grad = null;
        }

        foreach (var weight in copies.Run())
        {
            weight.ModelParameter.grad = weight.RequireBuffer();
        }

        State = GradientState.Float32;
    }

    /// <summary>Makes all gradients float32, for users to see; also for an optimizer of TorchSharp's own.</summary>
    public void Show()
    {
        ToFloat32();
        if (IsForTorchSharp)
        {
            MoveToMasters(accumulate: false, share: true);
        }
    }

    /// <summary>
    /// Moves the gradients of 16-bit parameters to their masters, as float32. Changes nothing where no backward was made since the
    /// last call.
    /// </summary>
    /// <param name="accumulate">Whether to add to what the masters have since the last step; false replaces it.</param>
    /// <param name="share">Whether the model's parameters have them too; otherwise they have none then.</param>
    public void MoveToMasters(bool accumulate, bool share)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (State is GradientState.OnMasters && isShared)
        {
            ToFloat32();
        }

        var isMoved = State is GradientState.OnMasters;
        var onModel = SixteenBit().Select(static weight => (Weight: weight, Gradient: weight.ModelParameter.grad)).ToList();
        if (isMoved && onModel.TrueForAll(static pair => pair.Gradient is null))
        {
            return;
        }

        foreach (var (weight, gradient) in onModel)
        {
            if (accumulate && isMoved && weight.Master.grad is { } moved)
            {
                copies.Set(weight, moved);
            }
            else
            {
                weight.Master.grad = null;
            }

            if (gradient is not null)
            {
                copies.Add(weight, gradient);
            }
        }

        foreach (var weight in copies.Run())
        {
            weight.Master.grad = weight.RequireBuffer();
            weight.ModelParameter.grad = share ? weight.RequireBuffer() : null;
        }

        isShared = share;
        State = GradientState.OnMasters;
    }

    /// <summary>
    /// The gradients of <see cref="Stepped"/>, those that there are; in the caller's scope. Sparse ones of 16-bit parameters are made
    /// dense float32 ones, those of float32 parameters are coalesced, or made dense too.
    /// </summary>
    public List<(MasterWeight Weight, Tensor Gradient)> Pending()
    {
        var gradients = GradientTensors.Of(Stepped);
        if (!gradients.Exists(static pair => pair.Gradient.is_sparse))
        {
            return gradients;
        }

        if (GradientTensors.Settle(weights, keepSparse: IsForTorchSharp && Reduction is null))
        {
            ToFloat32();
        }

        return GradientTensors.Of(Stepped);
    }

    /// <summary>Makes a gradient for a weight that has none, where the others have theirs; what is in it is not set.</summary>
    public Tensor NewGradient(MasterWeight weight)
    {
        var gradient = weight.IsOwnMaster || State is GradientState.OnModel
            ? empty_like(weight.ModelParameter, requires_grad: false)
            : weight.RequireBuffer();
        weight.ModelParameter.grad = gradient;
        if (State is GradientState.OnMasters)
        {
            weight.Master.grad = gradient;
        }

        return gradient;
    }

    /// <summary>Multiplies all gradients in place.</summary>
    /// <param name="factor">One Float32 number; null = 1.</param>
    public void Multiply(Tensor? factor)
    {
        var gradients = GradientTensors.Numbers(GradientTensors.Of(weights));
        if (factor is not null && gradients.Count > 0)
        {
            GradientCheck.UnscaleAndCheck(gradients, factor).Dispose();
        }
    }

    /// <summary>Gives the float32 gradients to the masters too, for an optimizer's step.</summary>
    public void LendToMasters()
    {
        foreach (var weight in SixteenBit())
        {
            using var gradient = weight.ModelParameter.grad;
            weight.Master.grad = gradient;
        }
    }

    /// <summary>Takes back what <see cref="LendToMasters"/> gave.</summary>
    public void TakeBack()
    {
        foreach (var weight in SixteenBit())
        {
            if (!weight.Master.IsInvalid)
            {
                weight.Master.grad = null;
            }
        }
    }

    /// <summary>Notes that a step has used the gradients.</summary>
    /// <param name="clear">Whether nobody may see them any more, an optimizer that is stepped once too often for example.</param>
    public void NoteStep(bool clear)
    {
        if (clear)
        {
            Clear();
        }

        State = GradientState.Spent;
    }

    private IEnumerable<MasterWeight> SixteenBit() => weights.Where(static weight => !weight.IsOwnMaster);

    /// <summary>Leaves the model's 16-bit parameters without gradient, so that the backward's own can be told from earlier ones.</summary>
    private void BeginBackward(bool isFirst, Func<Tensor?> newScale)
    {
        setAside.Clear();
        if (isFirst)
        {
            Clear();
            LossScale = newScale()?.DetachFromDisposeScope();
            return;
        }

        ToFloat32();
        Multiply(LossScale);
        foreach (var weight in SixteenBit())
        {
            using var gradient = weight.ModelParameter.grad;
            if (gradient is not null)
            {
                setAside.Add(weight);
                weight.ModelParameter.grad = null;
            }
        }
    }

    private void EndBackward(bool isFirst)
    {
        using var _ = no_grad();
        AddSetAside([.. setAside]);

        // Divided in 16-bit, what the scale has saved would be 0 again.
        if (!isFirst || LossScale is not null)
        {
            ToFloat32();
        }

        if (LossScale is not null)
        {
            using var inverse = ScaleState.Inverse(LossScale);
            Multiply(inverse);
        }

        if (IsForTorchSharp)
        {
            Show();
        }
    }
}
