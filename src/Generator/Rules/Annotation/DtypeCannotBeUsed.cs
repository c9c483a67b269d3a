using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0005: the attribute's dtypes do not fit together; <see cref="PolicyRules"/> says what is wrong.</summary>
internal static class DtypeCannotBeUsed
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.DtypeCannotBeUsed,
        title: "Dtype cannot be used there",
        messageFormat: "The policy of '{0}' cannot work: {1}",
        RuleCategories.Annotation,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "Parameters are stored in float32 or in the compute dtype, and without autocast in the compute dtype; results have one definite floating dtype.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.DtypeCannotBeUsed));

    public static Diagnostic Create(INamedTypeSymbol type, Policy policy, CancellationToken token)
        => Diagnostic.Create(
            Rule,
            type.OfAnnotation(token),
            type.Name,
            PolicyRules.Fault(policy.Compute, policy.Parameters, policy.Output, policy.Autocast));
}
