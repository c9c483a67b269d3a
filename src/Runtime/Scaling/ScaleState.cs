using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>The part of a scaler that lives on a device: nothing here waits for it but reading.</summary>
internal sealed class ScaleState : IDisposable
{
    private readonly Hysteresis? hysteresis;

    // Not where the scale was set by hand after the last update.
    private bool isUpdated;

    /// <summary>Puts a scale on a device.</summary>
    public ScaleState(Device device, in ScaleSnapshot snapshot)
    {
        // A tensor that is made in inference mode could never be updated outside of it.
        using var inference = inference_mode(false);
        using var _ = no_grad();
        using Scalar scaleValue = snapshot.Scale;
        using Scalar trackerValue = snapshot.GrowthTracker;
        Scale = full([], scaleValue, dtype: float32, device: device).DetachFromDisposeScope();
        GrowthTracker = full([], trackerValue, dtype: int32, device: device).DetachFromDisposeScope();
        if (snapshot.Policy.Hysteresis > 1)
        {
            hysteresis = new Hysteresis(snapshot.Policy.Hysteresis, device) { Left = snapshot.HysteresisLeft };
        }
    }

    /// <summary>One Float32 number.</summary>
    public Tensor Scale { get; }

    /// <summary>The number of good steps in a row: one Int32 number.</summary>
    public Tensor GrowthTracker { get; }

    /// <summary>What is left of the hysteresis; 1 without.</summary>
    public int HysteresisLeft => hysteresis?.Left ?? 1;

    /// <summary>Whether the last update found a non-finite gradient. Waits for the device.</summary>
    public bool HasBackedOff => isUpdated && GrowthTracker.item<int>() == 0;

    /// <summary>1 / scale, computed in Float64 and rounded to Float32 once, as PyTorch does.</summary>
    public static Tensor Inverse(Tensor scale)
    {
        using var scope = NewDisposeScope();
        return Lifetime.After(scale.to(float64).reciprocal().to(float32).MoveToOuterDisposeScope(), scale);
    }

    /// <summary>Adapts the scale to whether a gradient was not finite.</summary>
    /// <param name="foundInf">Not 0 where one was: one Float32 number.</param>
    /// <param name="policy">How the scale adapts.</param>
    public void Update(Tensor foundInf, ScalePolicy policy)
    {
        using var _ = no_grad();
        if (hysteresis is null)
        {
            UpdateScale();
        }
        else
        {
            hysteresis.Apply(Scale, GrowthTracker, foundInf, UpdateScale);
        }

        if (policy.Floor > 0)
        {
            using Scalar floor = policy.Floor;
            Scale.clamp_min_(floor);
        }

        isUpdated = true;

        void UpdateScale()
            => AmpOperators.UpdateScale_(Scale, GrowthTracker, foundInf, policy.Growth, policy.Backoff, policy.Interval);
    }

    /// <summary>Sets the scale.</summary>
    public void Set(double scale)
    {
        using Scalar value = scale;
        Scale.fill_(value);
        isUpdated = false;
    }

    /// <summary>Sets the scale without waiting for the device.</summary>
    /// <param name="scale">One floating number.</param>
    public void Set(Tensor scale)
    {
        Scale.copy_(scale);
        GC.KeepAlive(scale);
        isUpdated = false;
    }

    /// <summary>Sets everything.</summary>
    public void Set(double scale, int tracker, int hysteresisLeft)
    {
        Set(scale);
        using Scalar trackerValue = tracker;
        GrowthTracker.fill_(trackerValue);
        if (hysteresis is not null)
        {
            hysteresis.Left = hysteresisLeft;
        }
    }

    public void Dispose()
    {
        Scale.Dispose();
        GrowthTracker.Dispose();
        hysteresis?.Dispose();
    }
}
