using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2001: small updates of 16-bit parameters are lost.</summary>
internal static class OptimizerOver16BitParameters
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.OptimizerOver16BitParameters,
        title: "Optimizer over 16-bit parameters without master weights",
        messageFormat: ProtocolMessages.SixteenBitParameters,
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The next bfloat16 number after 1 is 1.0078, so adding 0.001 to 1 changes nothing. A float32 master copy of each parameter keeps what 16 bits cannot.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.OptimizerOver16BitParameters));
}
