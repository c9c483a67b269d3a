namespace Precision.Generator.Forward;

/// <summary>The names of the pipeline's steps, for the tests of what is cached.</summary>
internal static class TrackingNames
{
    /// <summary>The value model of each annotated class.</summary>
    public const string Classes = nameof(Classes);

    /// <summary>The value model of each marked autograd function.</summary>
    public const string Functions = nameof(Functions);
}
