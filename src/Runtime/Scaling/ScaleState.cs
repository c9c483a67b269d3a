using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>The part of a scaler that lives on a device: nothing here waits for it but reading.</summary>
internal sealed class ScaleState : IDisposable
{
    private readonly Hysteresis? hysteresis;

    /// <summary>Puts a scale on a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="scale">The scale.</param>
    /// <param name="tracker">The number of good steps in a row.</param>
    /// <param name="toleranceLeft">What is left of the hysteresis.</param>
    /// <param name="tolerance">The hysteresis; 1 = none.</param>
    public ScaleState(Device device, double scale, int tracker, int toleranceLeft, int tolerance)
    {
        using var _ = no_grad();
        using Scalar scaleValue = scale;
        using Scalar trackerValue = tracker;
        Scale = full([], scaleValue, dtype: float32, device: device).DetachFromDisposeScope();
        GrowthTracker = full([], trackerValue, dtype: int32, device: device).DetachFromDisposeScope();
        if (tolerance > 1)
        {
            hysteresis = new Hysteresis(tolerance, device) { Left = toleranceLeft };
        }
    }

    /// <summary>One Float32 number.</summary>
    public Tensor Scale { get; }

    /// <summary>The number of good steps in a row: one Int32 number.</summary>
    public Tensor GrowthTracker { get; }

    /// <summary>What is left of the hysteresis; 1 without.</summary>
    public int HysteresisLeft => hysteresis?.Left ?? 1;

    /// <summary>1 / scale, computed in Float64 and rounded to Float32 once, as PyTorch does.</summary>
    public Tensor Inverse()
    {
        using var scope = NewDisposeScope();
        return Scale.to(float64).reciprocal().to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>Adapts the scale, not below <paramref name="minScale"/>.</summary>
    public void Update(Tensor foundInf, double growthFactor, double backoffFactor, int growthInterval, double minScale)
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

        if (minScale > 0)
        {
            using Scalar floor = minScale;
            Scale.clamp_min_(floor);
        }

        void UpdateScale() => AmpOperators.UpdateScale_(Scale, GrowthTracker, foundInf, growthFactor, backoffFactor, growthInterval);
    }

    /// <summary>Overwrites all.</summary>
    public void Set(double scale, int tracker, int toleranceLeft)
    {
        using Scalar scaleValue = scale;
        using Scalar trackerValue = tracker;
        Scale.fill_(scaleValue);
        GrowthTracker.fill_(trackerValue);
        if (hysteresis is not null)
        {
            hysteresis.Left = toleranceLeft;
        }
    }

    public void Dispose()
    {
        Scale.Dispose();
        GrowthTracker.Dispose();
        hysteresis?.Dispose();
    }
}
