using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Flow.Classes;

/// <summary>The region that a member's callers have opened when its body runs.</summary>
internal static class BodyRegion
{
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
