using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Functions;
using Precision.Generator.Operations;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0012: a marked autograd function gets no forward and backward.</summary>
internal static class FunctionCannotBeGenerated
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.FunctionCannotBeGenerated,
        title: "Marked autograd function cannot be generated",
        messageFormat: "No forward and backward can be generated for '{0}', because {1}",
        RuleCategories.Annotation,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "A class with [MixedPrecisionFunction] is partial, derives from SingleTensorFunction<T> or MultiTensorFunction<T> and declares ForwardCore and BackwardCore, which the generated forward and backward call.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.FunctionCannotBeGenerated));

    /// <summary>Why nothing is generated for a marked class; null where something is.</summary>
    public static Diagnostic? Find(INamedTypeSymbol type, CancellationToken token)
        => FunctionAnalysis.Of(type, token) is { Fault: not FunctionFault.None } analysis
            ? Diagnostic.Create(
                Rule,
                analysis.Fault is FunctionFault.OverridesItself or FunctionFault.CoreSignature
                    ? analysis.Culprit!.Locations[0]
                    : type.OfName(token),
                type.Name,
                Reason(analysis))
            : null;

    private static string Reason(FunctionAnalysis analysis)
    {
        var core = analysis.Method is null ? "" : FunctionAnalysis.CoreOf(analysis.Method);
        return analysis.Fault switch
        {
            FunctionFault.NotAFunction => "it derives from neither SingleTensorFunction<T> nor MultiTensorFunction<T>",
            FunctionFault.NotPartial => $"'{analysis.Culprit!.Name}' is not partial",
            FunctionFault.FileLocal => $"'{analysis.Culprit!.Name}' is file-local",
            FunctionFault.UnusableDtype => $"inputs cannot be cast to {analysis.CastInputs}: give Float32, Float16 or BFloat16, or leave CastInputs out",
            FunctionFault.OverridesItself => $"it overrides {analysis.Method} itself: rename it to {core}",
            FunctionFault.Sealed => $"'{analysis.Culprit!.ContainingType.Name}' seals {analysis.Method}",
            FunctionFault.NameIsTaken => $"something in it is called {analysis.Method} already: rename it",
            FunctionFault.CoreSignature => $"its {core} is not an instance method '{Signature(analysis)}'",
            _ => $"it has no '{Signature(analysis)}'",
        };
    }

    private static string Signature(FunctionAnalysis analysis)
    {
        var tensors = AutogradFunctions.IsMulti(analysis.Base!) ? "List<Tensor>" : "Tensor";
        var core = FunctionAnalysis.CoreOf(analysis.Method!);
        return analysis.Method is OperationTable.Forward
            ? $"{tensors} {core}(AutogradContext, object[])"
            : $"List<Tensor> {core}(AutogradContext, {tensors})";
    }
}
