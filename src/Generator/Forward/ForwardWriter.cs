using System.Text;
using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward;

/// <summary>
/// Writes the forward that enters the region, calls the user's code and casts the results. Locals have explicit types: <c>var</c> is no
/// keyword, and would mean a type of that name in the user's code.
/// </summary>
internal static class ForwardWriter
{
    public static void Write(SourceWriter writer, ForwardMethod forward, bool isFullPrecision)
    {
        writer.Line(isFullPrecision
            ? "/// <summary>Runs in float32: autocast is off inside, and 16-bit inputs are cast.</summary>"
            : "/// <summary>Runs in the autocast region that <see cref=\"PrecisionPolicy\"/> says.</summary>");
        writer.WriteAttributes();
        writer.WriteObsolete(forward.IsObsolete);
        writer.Line($"public override {(HasPointer(forward) ? "unsafe " : "")}{forward.ResultType} forward({string.Join(", ", forward.Parameters.Select(Declare))})");
        writer.OpenBlock();
        foreach (var line in ForwardBody.Write(
            isFullPrecision ? "EnterFullPrecision" : "Enter",
            "this",
            forward.Parameters,
            (forward.ResultType, forward.ResultShape),
            "Output",
            new ForwardBody.LocalNames(forward.Parameters),
            arguments => $"{(forward.Target is ForwardTarget.ForwardCore ? "this.ForwardCore" : "base.forward")}({string.Join(", ", arguments)})"))
        {
            writer.Line(line);
        }

        writer.CloseBlock();
    }

    private static bool HasPointer(ForwardMethod forward)
        => forward.ResultType.Contains('*') || forward.Parameters.Any(static parameter => parameter.Type.Contains('*'));

    private static string Declare(ForwardParameter parameter)
        => parameter.Type + " " + parameter.Name + (parameter.DefaultValue is null ? "" : " = " + parameter.DefaultValue);
}
