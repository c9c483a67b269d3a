using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim.lr_scheduler;

namespace Precision;

public sealed partial class MixedPrecisionTraining
{
    /// <summary>
    /// Writes everything that training goes on from into one file: weights, masters, optimizer, scaler, counters, learning-rate
    /// schedule, random states of the CPU and all CUDA devices. The file is replaced as a whole: a process that is killed while
    /// writing leaves the old one.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="scheduler">The learning-rate schedule, if there is one. Functions in it (LambdaLR) are not saved.</param>
    /// <param name="dataPosition">Where the data stands, in any form; <see cref="Load"/> returns it.</param>
    /// <exception cref="InvalidOperationException">
    /// Gradients wait for a <see cref="Step"/>, which would be lost; weights were loaded into the model past the masters.
    /// </exception>
    /// <exception cref="NotSupportedException">The optimizer cannot save its state.</exception>
    /// <exception cref="IOException">The file cannot be written; an old one stands.</exception>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public void Save(string path, LRScheduler? scheduler = null, ReadOnlyMemory<byte> dataPosition = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(disposed, this);
        MasterWeights.ThrowIfUnusable();
        MasterWeights.ThrowIfModelChanged();
        if (microBatches > 0)
        {
            throw new InvalidOperationException(
                "Save() was called between Backward(loss) and Step(): the gradients would be lost. Save after Step().");
        }

        var helper = RequireHelper();
        AtomicFile.Write(path, stream =>
        {
            using var scope = NewDisposeScope();
            CheckpointFile.Begin(stream);
            CheckpointTensor Write((string Name, Tensor Tensor) named) => CheckpointFile.WriteTensor(stream, named.Name, named.Tensor);
            CheckpointTensor[] weights = [.. Weights().Select(Write)];
            CheckpointTensor[] masters = [.. Masters().Select(Write)];
            CheckpointTensor[] randomStates = [.. RandomState.Get().Select(Write)];
            var optimizerOffset = stream.Position;
            using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
            {
                helper.save_state_dict(writer);
            }

            var optimizer = new CheckpointOptimizer(
                Optimizer.GetType().FullName!, model.GroupNames(), optimizerOffset, stream.Position - optimizerOffset);
            CheckpointFile.End(stream, new CheckpointIndex(
                Steps, skips.Total, skips.InARow, weights, masters, randomStates, optimizer, Scaler.state_dict(),
                scheduler is null ? null : SchedulerState.Of(scheduler), dataPosition.ToArray()));
        });
    }

    /// <summary>Goes back to what <see cref="Save"/> wrote: training goes on as if it had not been interrupted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scheduler">A scheduler made as the saved one was, over this training's optimizer; null if none was saved.</param>
    /// <returns>Where the checkpoint stands.</returns>
    /// <exception cref="InvalidDataException">
    /// No checkpoint, a truncated or damaged one, or one of another model, optimizer or schedule; nothing is changed then.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidOperationException">The model's parameters were replaced after the training was made.</exception>
    /// <exception cref="NotSupportedException">The optimizer cannot load its state.</exception>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public ResumePoint Load(string path, LRScheduler? scheduler = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(disposed, this);
        MasterWeights.ThrowIfUnusable();
        var helper = RequireHelper();
        using var stream = File.OpenRead(path);
        var index = CheckpointFile.ReadIndex(stream, path);
        if (Mismatch(index, scheduler) is { } fault)
        {
            throw new InvalidDataException(
                $"The checkpoint '{path}' does not fit: {fault}. Make model, training and schedule as they were when it was saved.");
        }

        using var scope = NewDisposeScope();
        Read(stream, index.Weights, Weights());
        Read(stream, index.Masters, Masters());
        stream.Position = index.Optimizer.Offset;
        using (var states = NewDisposeScope())
        using (var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            helper.load_state_dict(reader);

            // TorchSharp's SGD keeps tensors that it loads and leaves them in the scope, which would dispose them.
            states.Detach([.. states.DisposablesView]);
        }

        Scaler.load_state_dict(index.Scaler);
        index.Scheduler?.Restore(scheduler!);
        foreach (var entry in index.RandomStates)
        {
            var state = empty(entry.Shape, dtype: ScalarType.Byte);
            CheckpointFile.ReadTensor(stream, entry, state);
            RandomState.Set(entry.Name, state);
        }

        Steps = index.Steps;
        skips.Total = index.SkippedSteps;
        skips.InARow = index.SkippedInARow;
        MasterWeights.NoteAgreement();
        DropGradients();
        result?.Expire();
        return new ResumePoint(index.Steps, index.DataPosition);
    }

    private static void Read(Stream stream, IReadOnlyList<CheckpointTensor> entries, IEnumerable<(string Name, Tensor Tensor)> targets)
    {
        foreach (var (entry, target) in entries.Zip(targets))
        {
            CheckpointFile.ReadTensor(stream, entry, target.Tensor);
        }
    }

    private static string? Mismatch(string what, IReadOnlyList<CheckpointTensor> saved, IEnumerable<(string Name, Tensor Tensor)> own)
    {
        var tensors = own.ToList();
        var savedNames = saved.Select(static entry => entry.Name).ToList();
        var ownNames = tensors.Select(static tensor => tensor.Name).ToList();
        if (savedNames.Except(ownNames).FirstOrDefault() is { } unknown)
        {
            return $"it has a {what} '{unknown}', this model has not";
        }

        if (ownNames.Except(savedNames).FirstOrDefault() is { } missing)
        {
            return $"it lacks the {what} '{missing}'";
        }

        foreach (var (entry, (name, tensor)) in saved.Zip(tensors))
        {
            if (entry.Name != name)
            {
                return $"the {what}s are in another order ('{entry.Name}' where this model has '{name}')";
            }

            if (entry.Dtype != tensor.dtype.ToString() || !entry.Shape.SequenceEqual(tensor.shape))
            {
                return $"the {what} '{name}' is {entry.Dtype}[{string.Join(", ", entry.Shape)}], this model's is "
                    + $"{tensor.dtype}[{string.Join(", ", tensor.shape)}]";
            }
        }

        return null;
    }

    private string? Mismatch(CheckpointIndex index, LRScheduler? scheduler)
    {
        var optimizer = index.Optimizer;
        if (Mismatch("weight", index.Weights, Weights()) is { } weights)
        {
            return weights;
        }

        if (Mismatch("master", index.Masters, Masters()) is { } masters)
        {
            return masters;
        }

        if (optimizer.Type != Optimizer.GetType().FullName)
        {
            return $"its optimizer is a {optimizer.Type}, this one a {Optimizer.GetType().FullName}";
        }

        var groups = model.GroupNames();
        if (groups.Count != optimizer.Groups.Count || groups.Zip(optimizer.Groups).Any(static pair => !pair.First.SequenceEqual(pair.Second)))
        {
            return "its optimizer's parameter groups are others";
        }

        if (Scaler.is_enabled() != index.Scaler.Count > 0)
        {
            return Scaler.is_enabled() ? "it was saved without loss scaling" : "it was saved with loss scaling, which this training has not";
        }

        return (index.Scheduler, scheduler) switch
        {
            (null, null) => null,
            (null, _) => "it has no learning-rate schedule",
            (_, null) => $"it has a learning-rate schedule ({index.Scheduler.Type}), which Load() was not given",
            _ => index.Scheduler.Mismatch(scheduler),
        };
    }

    private OptimizerHelper RequireHelper()
        => Optimizer as OptimizerHelper
            ?? throw new NotSupportedException(
                $"{Optimizer.GetType().Name} has no state that can be saved. Use an optimizer of Precision.Optim, or one that derives from "
                + "TorchSharp.Modules.OptimizerHelper.");

    private IEnumerable<(string Name, Tensor Tensor)> Weights()
        => module.state_dict()
            .DistinctBy(static entry => Interop.VariableData.Identity(entry.Value))
            .Select(static entry => (entry.Key, entry.Value));

    private IEnumerable<(string Name, Tensor Tensor)> Masters()
        => MasterWeights.Weights
            .Where(static weight => !weight.IsOwnMaster)
            .Select(static weight => (weight.Name, (Tensor)weight.Master));
}
