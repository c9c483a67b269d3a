using Microsoft.CodeAnalysis;

namespace Precision.Generator.Plan;

/// <summary>
/// Writes down, for each annotated class, what every operation of its forward runs in. Only in builds with the MSBuild property
/// <c>EmitPrecisionPlan</c>; a generator cannot write files, so the plan goes into a generated source file as a comment, and the
/// package's targets file copies it from there into the build's output.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed partial class PrecisionPlanGenerator : IIncrementalGenerator
{
    /// <summary>The generated file's name, which the targets file knows too.</summary>
    internal const string HintName = "PrecisionPlan.g.cs";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var text = context.CompilationProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (input, token) => IsWanted(input.Right.GlobalOptions) ? Write(input.Left, input.Right, token) : null)
            .WithTrackingName(PlanTrackingNames.Text);
        context.RegisterImplementationSourceOutput(text, AddFile);
    }
}
