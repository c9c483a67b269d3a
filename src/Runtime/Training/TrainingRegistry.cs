using Precision.Interop;

namespace Precision;

/// <summary>
/// The parameters that trainings have, so that no two have one: each would clear, move and step the other's gradients. A training
/// that nobody holds any more has none.
/// </summary>
internal static class TrainingRegistry
{
    private static readonly List<WeakReference<MasterWeights>> Trainings = [];

    /// <summary>Notes the parameters of a training.</summary>
    /// <exception cref="InvalidOperationException">Another training has one of them.</exception>
    public static void Add(MasterWeights masters)
    {
        lock (Trainings)
        {
            Trainings.RemoveAll(static entry => !entry.TryGetTarget(out _));
            var own = Identities(masters).ToHashSet();
            foreach (var entry in Trainings)
            {
                if (entry.TryGetTarget(out var other) && other.Weights.FirstOrDefault(weight => IsAmong(own, weight)) is { } shared)
                {
                    throw new InvalidOperationException(
                        $"Parameter '{shared.Name}' is being trained by another MixedPrecisionTraining, which was not disposed. Dispose "
                        + "that one first; for several options in one training use parameter groups; for several trainings freeze "
                        + "what each shall not train (requires_grad) before Create.");
                }
            }

            Trainings.Add(new WeakReference<MasterWeights>(masters));
        }
    }

    /// <summary>Forgets a training.</summary>
    public static void Remove(MasterWeights masters)
    {
        lock (Trainings)
        {
            Trainings.RemoveAll(entry => !entry.TryGetTarget(out var other) || ReferenceEquals(other, masters));
        }
    }

    private static IEnumerable<nint> Identities(MasterWeights masters)
        => masters.Weights.Select(static weight => VariableData.Identity(weight.ModelParameter));

    private static bool IsAmong(HashSet<nint> identities, MasterWeight weight)
        => !weight.ModelParameter.IsInvalid && identities.Contains(VariableData.Identity(weight.ModelParameter));
}
