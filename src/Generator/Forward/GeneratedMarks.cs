using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward;

/// <summary>What stands on everything that is generated, for the compiler and for tools.</summary>
internal static class GeneratedMarks
{
    /// <summary>
    /// Switches off every warning, and the errors of <c>[Experimental]</c>. Generated code repeats the names and types of the user's
    /// code, who can only switch off in his own files what a compiler or analyzer says about them.
    /// </summary>
    public const string NoWarnings = "#pragma warning disable";

    /// <summary>For types and members.</summary>
    public static string GeneratedCode { get; }
        = $"[global::System.CodeDom.Compiler.GeneratedCode(\"Precision.Generator\", \"{typeof(GeneratedMarks).Assembly.GetName().Version.ToString(3)}\")]";

    /// <summary>For what holds code, which is not the user's to test.</summary>
    public const string NotCovered = "[global::System.Diagnostics.CodeAnalysis.ExcludeFromCodeCoverage]";

    /// <summary>
    /// For members that name what is <c>[Obsolete(…, error: true)]</c>, which only obsolete code may. Nobody who calls the member hears
    /// of it: the compiler warns of the declaration that a member overrides, and not of calls that it replaces.
    /// </summary>
    public static void WriteObsolete(this SourceWriter writer, bool isNeeded)
    {
        if (isNeeded)
        {
            writer.Line("[global::System.Obsolete]");
        }
    }

    /// <summary>Writes the attributes of generated code.</summary>
    public static void WriteAttributes(this SourceWriter writer)
    {
        writer.Line(GeneratedCode);
        writer.Line(NotCovered);
    }
}
