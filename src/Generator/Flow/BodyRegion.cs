using Microsoft.CodeAnalysis;
using Precision.Generator.Generation.Symbols;

namespace Precision.Generator.Flow;

/// <summary>The region that a member's callers have opened when its body runs.</summary>
internal static class BodyRegion
{
    /// <summary>
    /// The region of a member's body. The forward of an annotated class runs in its region, and so do private helpers that
    /// nothing else calls. A class without annotation is taken for what it shows: no region.
    /// </summary>
    public static FlowRegion Of(ISymbol member, PrecisionOfClass precision, Scenario scenario, FlowContext context, CancellationToken token)
    {
        var inside = Inside(precision.Kind, scenario);
        if (precision.Kind is ClassKind.Plain || IsForward(member) || IsHelper(member, context, token))
        {
            return inside;
        }

        return member is IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.PropertyGet, IsStatic: false } ? inside.OrNone() : FlowRegion.None;
    }

    private static bool IsHelper(ISymbol member, FlowContext context, CancellationToken token)
        => member is IMethodSymbol { MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Private }
            && context.HelpersOf(member.ContainingType, token).Contains(member.Name);

    /// <summary>The region of an annotated class's forward.</summary>
    public static FlowRegion Inside(ClassKind kind, Scenario scenario) => kind switch
    {
        ClassKind.Mixed => FlowRegion.Autocast(scenario.Compute),
        ClassKind.TrueSixteenBit => FlowRegion.TrueSixteenBit,
        ClassKind.FullPrecision => FlowRegion.Disabled,
        _ => FlowRegion.None,
    };

    /// <summary>Whether a member is the forward of an annotated class, as its user writes it.</summary>
    public static bool IsForward(ISymbol member) => member is IMethodSymbol { Name: AnnotatedClassAnalysis.ForwardCore, IsStatic: false };
}
