using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>Finds the member marked <c>[FullPrecision]</c> that an expression names.</summary>
internal static class FullPrecisionMember
{
    /// <summary>The marked field or property; null where the expression is none.</summary>
    public static ISymbol? Of(IOperation? expression)
    {
        ISymbol? member = expression?.WithoutConversions() switch
        {
            IFieldReferenceOperation reference => reference.Field,
            IPropertyReferenceOperation reference => reference.Property,
            IConditionalAccessInstanceOperation instance => Of(Accessed(instance)),
            _ => null,
        };
        return member?.FindFullPrecision() is null ? null : member;
    }

    /// <summary>What stands before the <c>?.</c> that an operation follows.</summary>
    public static IOperation? Accessed(IOperation instance)
    {
        for (var current = instance; current.Parent is { } parent; current = parent)
        {
            if (parent is IConditionalAccessOperation access && access.WhenNotNull == current)
            {
                return access.Operation;
            }
        }

        return null;
    }
}
