namespace Precision.Generator.Forward;

/// <summary>The names of the pipeline's steps, for the tests of what is cached.</summary>
internal static class TrackingNames
{
    /// <summary>The value model of each annotated class.</summary>
    public const string Classes = nameof(Classes);
}
