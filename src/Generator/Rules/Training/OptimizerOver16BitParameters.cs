using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2001: small updates of 16-bit parameters are lost.</summary>
internal static class OptimizerOver16BitParameters
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.OptimizerOver16BitParameters,
        title: "Optimizer over 16-bit parameters without masters",
        messageFormat: "The optimizer gets the parameters of '{0}', which are {1} here, so that small updates round to nothing: {2}",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Near 1 the next larger bfloat16 number is 1.0078, so that a step of 0.001 changes nothing. A float32 master of each parameter keeps what 16 bits cannot.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.OptimizerOver16BitParameters));
}
