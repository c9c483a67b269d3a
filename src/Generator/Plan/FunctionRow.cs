using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Functions;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Operations;
using Precision.Generator.Plan.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>The row of a custom autograd function: what its forward gives, and what its backward runs in.</summary>
internal static class FunctionRow
{
    /// <param name="line">Where it is applied.</param>
    /// <param name="function">The function.</param>
    /// <param name="mode">What is around it.</param>
    /// <param name="result">The result's dtype on CUDA and on the CPU, where the flow knows it.</param>
    public static PlanRow Of(int line, INamedTypeSymbol function, PlanMode mode, (string? Cuda, string? Cpu) result)
    {
        var castInputs = FunctionAnalysis.Mark(function)?.ReadCastInputs() ?? Dtype.Unspecified;
        var backward = !mode.IsRegion ? ""
            : !FunctionAnalysis.IsMarked(function) ? "; its backward runs without the region"
            : castInputs is Dtype.Unspecified ? "; its backward has the region too"
            : $"; inputs cast to {castInputs}, autocast off";
        var forward = FunctionAnalysis.Written(function, OperationTable.Forward)?.OriginalDefinition;
        if (forward is null or { DeclaringSyntaxReferences.IsEmpty: true })
        {
            var row = DtypeTexts.CompiledElsewhere(line, $"{function.Name} (autograd function)");
            return row with { Why = row.Why + backward };
        }

        var inside = !mode.IsRegion || castInputs is Dtype.Unspecified ? mode : new PlanMode(castInputs, IsRegion: false);
        var target = new PlannedBody(forward, function.OriginalDefinition, inside);
        return new PlanRow(
            line,
            $"{function.Name} (autograd function) → {BodyReader.TitleOf(target)}",
            result.Cuda ?? DtypeTexts.AsGiven,
            result.Cpu ?? DtypeTexts.AsGiven,
            "below" + backward,
            Body: target);
    }
}
