namespace Precision.Generator.Interception;

/// <summary>The names of the pipeline's steps, for the tests of what is cached.</summary>
internal static class InterceptionTrackingNames
{
    /// <summary>Each call that is replaced.</summary>
    public const string Calls = "InterceptedCalls";

    /// <summary>The calls of each source file.</summary>
    public const string Files = "InterceptedFiles";
}
