namespace Precision.Generator.Interception;

/// <summary>The names of the pipeline's steps, for the tests of what is cached.</summary>
internal static class InterceptionTrackingNames
{
    /// <summary>The calls to replace, and those taken, as they stand in the source.</summary>
    public const string Calls = "InterceptedCalls";

    /// <summary>What is written for each source file.</summary>
    public const string Files = "InterceptedFiles";
}
