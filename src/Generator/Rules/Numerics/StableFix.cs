using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>What the fix of a composition is told: the place of the input, then those of the arguments, and how to write the call.</summary>
internal static class StableFix
{
    /// <summary>Behind the member's name, where the input is negated.</summary>
    public const char Negated = '-';

    /// <summary>Behind the member's name, where the input is cast to float32.</summary>
    public const char Cast = '!';

    /// <summary>Behind the member's name, where the sum is of all elements.</summary>
    public const char Flat = '*';

    /// <summary>Behind the member's name, where it is called for one dimension after the other.</summary>
    public const char Each = '&';

    /// <summary>The call to write: the member and its marks.</summary>
    public static string Form(Composition composition, bool is16Bit, OperationContext context)
        => composition.Member
            + (composition.IsNegated ? Negated : "")
            + (is16Bit && !NamesDtype(composition) ? Cast : "")
            + (composition.Member == StableMembers.LogSumExp && Arguments(composition, context) is { Length: 0 } ? Flat : "")
            + (composition.Sum is { } sum && SummedDimensions.Of(sum) is not null ? Each : "");

    /// <summary>The input and the arguments; null where no call of the member computes the same.</summary>
    public static IReadOnlyCollection<IOperation>? Of(OperationContext context, Composition composition)
        => Arguments(composition, context) is { } arguments
            && context.Operation.Syntax is not InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax }
            && CanBeRead(composition.Input, composition.Inner, context.Operation)
                ? [composition.Input, .. arguments]
                : null;

    /// <summary>Whether what goes into a step can be read at an operation behind it: that is a part of it, or a variable that is set once.</summary>
    public static bool CanBeRead(IOperation input, IOperation step, IOperation operation)
        => input.WithoutConversions() is not IConditionalAccessInstanceOperation and var read
            && (operation.Syntax.Span.Contains(step.Syntax.Span) || IsStable(read));

    /// <summary>The step that rounds, for a message.</summary>
    public static string Describe(Composition composition) => composition.Inner switch
    {
        IInvocationOperation call when OperationTable.Find(call.TargetMethod, call.Instance?.Type) is { } row && !row.Has(OperationTraits.Sum) => $"'{row.Name}'",
        _ => composition.IsNegated ? "'1 - x'" : "'1 + x'",
    };

    /// <summary>What the step that says so is told of dimensions; null where the member does not take that.</summary>
    private static IOperation[]? Arguments(Composition composition, OperationContext context)
    {
        if ((composition.Sum ?? (composition.Member == StableMembers.LogSoftmax ? composition.Inner : null)) is not IInvocationOperation step)
        {
            return [];
        }

        if (OperationTable.Find(step.TargetMethod, step.Instance?.Type) is { Member: OperationTable.Forward })
        {
            return MakerOf(step.Instance, context) is { Arguments: [{ Value: var dimension }] } && dimension.Syntax.IsLiteral() ? [dimension] : null;
        }

        if (SummedDimensions.Of(step) is { } dimensions)
        {
            return dimensions;
        }

        var given = step.Arguments
            .Where(static argument => argument.ArgumentKind is ArgumentKind.Explicit && argument.Parameter?.Type.IsTensorOrDerived() != true)
            .ToArray();
        return given.All(static argument => argument.Parameter?.Name is "keepdim" or "dtype" || (argument.Parameter?.Name == "dim" && IsInteger(argument.Value)))
            ? [.. given.Select(static argument => argument.Value)]
            : null;
    }

    /// <summary>What makes a module, where it is called or in its field.</summary>
    private static IInvocationOperation? MakerOf(IOperation? module, OperationContext context) => module?.WithoutConversions() switch
    {
        IInvocationOperation maker => maker,
        IFieldReferenceOperation { Field: var field } => ExchangeableField.MakerOf(field, context),
        _ => null,
    };

    private static bool NamesDtype(Composition composition)
        => composition.Inner is IInvocationOperation call
            && OperationTable.Find(call.TargetMethod, call.Instance?.Type) is { } row && DtypeArgument.Of(call, row) is not null;

    private static bool IsInteger(IOperation argument)
        => argument.WithoutConversions().Type?.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64;

    /// <summary>A variable that the body sets once, so that it can be read at another place.</summary>
    private static bool IsStable(IOperation input) => input switch
    {
        ILocalReferenceOperation local => !Definitions.IsAssignedAgain(local, local.Local),
        IParameterReferenceOperation parameter => !Definitions.IsAssignedAgain(parameter, parameter.Parameter),
        _ => false,
    };
}
