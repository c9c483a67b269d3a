namespace Precision.Generator.Plan;

/// <summary>The names of the pipeline's steps, for the tests of what is cached.</summary>
internal static class PlanTrackingNames
{
    /// <summary>The plan's text.</summary>
    public const string Text = "PlanText";
}
