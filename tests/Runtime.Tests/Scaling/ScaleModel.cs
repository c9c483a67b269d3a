namespace Precision.Runtime.Tests.Scaling;

/// <summary>What PyTorch's <c>_amp_update_scale_</c> does, in float32 on the host, with this library's floor and hysteresis.</summary>
internal sealed class ScaleModel(float scale, float growth, float backoff, int interval, float floor = 0, int hysteresis = 1)
{
    private int used;

    public float Scale { get; private set; } = scale;

    public int Tracker { get; private set; }

    public void Update(bool found)
    {
        if (found)
        {
            Tracker = 0;
            if (++used >= hysteresis)
            {
                Scale = Math.Max(Scale * backoff, floor);
            }
        }
        else if (++Tracker == interval)
        {
            Tracker = 0;
            used = 0;
            if (float.IsFinite(Scale * growth))
            {
                Scale *= growth;
            }
        }
    }
}
