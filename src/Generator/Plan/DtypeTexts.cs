using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Plan.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>Says what an operation of the table runs in, and why.</summary>
internal static class DtypeTexts
{
    public const string Yes = "yes";

    /// <summary>Stands for what libtorch refuses.</summary>
    public const string Throws = "throws";

    /// <summary>Stands for the dtype of an input that is not known.</summary>
    public const string AsGiven = "as given";

    private const string Promoted = "promoted";

    public static string YesOrNo(bool isReplaced) => isReplaced ? Yes : "no";

    /// <summary>An operation's row.</summary>
    /// <param name="line">Where it stands.</param>
    /// <param name="label">What is called.</param>
    /// <param name="operation">The table's row.</param>
    /// <param name="mode">What is around it.</param>
    /// <param name="result">The result's dtype on CUDA and on the CPU, where the flow knows it.</param>
    /// <param name="namedDtype">The dtype that the call names; null if none.</param>
    /// <param name="isReplaced">Whether an interceptor runs in its place.</param>
    /// <param name="intercepted">The same for the reader.</param>
    public static PlanRow Row(
        int line, string label, Operation operation, PlanMode mode, (string? Cuda, string? Cpu) result, string? namedDtype, bool isReplaced, string intercepted)
    {
        var isHeld = operation.IsPinned && !isReplaced && namedDtype is null;
        var why = mode == PlanMode.FullPrecision ? "autocast off"
            : !mode.IsRegion ? "no region"
            : namedDtype is not null ? "the call names the dtype"
            : isHeld ? "TorchSharp names the input's dtype"
            : Why(operation);
        return new PlanRow(
            line,
            label,
            Dtype(operation.Cuda, result.Cuda),
            Dtype(operation.Cpu, result.Cpu),
            operation.Note is null || !mode.IsRegion ? why : $"{why}; {operation.Note}",
            intercepted);

        string Dtype(AutocastPolicy policy, string? known)
            => (namedDtype == CastTexts.AsTheCallSays ? known : null) ?? namedDtype
                ?? (mode.IsRegion && !isHeld ? Listed(policy, mode.Compute) : null)
                ?? known
                ?? (mode.IsRegion && policy is (AutocastPolicy.Promote or AutocastPolicy.Composite) ? Promoted : Unlisted(operation));
    }

    /// <summary>A call of something that is compiled elsewhere.</summary>
    public static PlanRow CompiledElsewhere(int? line, string label) => new(line, label, "?", "?", "not in this project's source");

    /// <summary>A module that is compiled elsewhere, and what the summary of its assembly says.</summary>
    public static PlanRow CompiledElsewhere(int line, string label, INamedTypeSymbol type, PlanMode mode)
    {
        var row = CompiledElsewhere(line, label);
        var compiled = type;
        while (compiled.IsInSource() && compiled.BaseType is { } inherited)
        {
            compiled = inherited;
        }

        if (compiled.IsTorchSharps() || mode == PlanMode.FullPrecision)
        {
            return row;
        }

        var places = ModuleSummary.Of(compiled, mode.Compute, mode.IsRegion)?
            .Select(static hazard => $"{hazard.Rule} at {hazard.File}({hazard.Line})")
            .Distinct()
            .ToArray();
        return row with
        {
            Why = $"{row.Why}; " + places switch
            {
                null => $"{compiled.ContainingAssembly.Name} has no summary of it",
                [] => "its summary reports nothing",
                _ => "its summary reports " + string.Join(", ", places),
            },
        };
    }

    /// <summary>A call of a delegate or module that the source leaves open.</summary>
    public static PlanRow Open(int line, string label) => new(line, label, "?", "?", "the source does not show what runs");

    /// <summary>The dtype that a call names for its result; null if none.</summary>
    public static string? NamedDtype(IInvocationOperation call, Operation operation)
        => DtypeArgument.Of(call, operation) is { } dtype ? CastTexts.NameOf(dtype) : null;

    /// <summary>The dtype that a list alone decides; null where inputs do.</summary>
    private static string? Listed(AutocastPolicy policy, Dtype compute) => policy switch
    {
        AutocastPolicy.LowerPrecision => compute.ToString(),
        AutocastPolicy.Float32 or AutocastPolicy.Float32DefaultDtype or AutocastPolicy.Float32AppendDtype => nameof(Precision.Dtype.Float32),
        AutocastPolicy.Float16 => nameof(Precision.Dtype.Float16),
        AutocastPolicy.Banned => Throws,
        _ => null,
    };

    private static string Unlisted(Operation operation) => operation.Result switch
    {
        _ when operation.Has(OperationTraits.InPlace) => "as its target",
        ResultDtype.Promoted => Promoted,
        ResultDtype.Weight => "as its weight",
        ResultDtype.Bool => "Bool",
        ResultDtype.Int64 => "Int64",
        ResultDtype.Float64 => "Float64",
        _ => AsGiven,
    };

    private static string Why(Operation operation)
    {
        var (cuda, cpu) = (Why(operation.Cuda), Why(operation.Cpu));
        return cuda == cpu ? cuda : $"CUDA: {cuda}; CPU: {cpu}";
    }

    private static string Why(AutocastPolicy policy) => policy switch
    {
        AutocastPolicy.LowerPrecision => "lower-precision list",
        AutocastPolicy.Float32 or AutocastPolicy.Float32AppendDtype => "float32 list",
        AutocastPolicy.Float32DefaultDtype => "float32 list, unless it names a dtype",
        AutocastPolicy.Promote => "promote list",
        AutocastPolicy.Banned => "banned in a region",
        AutocastPolicy.Composite => "several operations",
        AutocastPolicy.Float16 => "cuDNN's cast",
        _ => "unlisted",
    };
}
