using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Roslyn;

/// <summary>Reads the syntax of a call.</summary>
internal static class InvocationSyntax
{
    /// <summary>The method's name in a call.</summary>
    public static Location NameLocation(this IInvocationOperation invocation)
        => invocation.Syntax is InvocationExpressionSyntax { Expression: var called }
            ? called switch
            {
                MemberAccessExpressionSyntax access => access.Name.GetLocation(),
                MemberBindingExpressionSyntax binding => binding.Name.GetLocation(),
                _ => called.GetLocation(),
            }
            : invocation.Syntax.GetLocation();

    /// <summary>What a call is made on: the instance, or the first argument of an extension method. Conversions left out.</summary>
    public static IOperation? Receiver(this IInvocationOperation invocation)
        => (invocation.Instance
            ?? (invocation.TargetMethod.IsExtensionMethod && invocation.Arguments.Length > 0 ? invocation.Arguments[0].Value : null))?.WithoutConversions();

    /// <summary>An operation without the implicit and explicit conversions around it.</summary>
    public static IOperation WithoutConversions(this IOperation operation)
    {
        while (operation is IConversionOperation conversion)
        {
            operation = conversion.Operand;
        }

        return operation;
    }

    /// <summary>The outermost operation of the body that an operation stands in.</summary>
    public static IOperation Root(this IOperation operation)
    {
        while (operation.Parent is { } parent)
        {
            operation = parent;
        }

        return operation;
    }
}
