using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Regions;

/// <summary>PRC3004: what the annotation takes care of is done by hand too, and done wrong.</summary>
internal static class AnnotatedModelIsConverted
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.AnnotatedModelIsConverted,
        title: "Annotated model or its input is converted to 16-bit",
        messageFormat: "'{0}' converts {1} to 16-bit, {2}",
        RuleCategories.Regions,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The annotation decides which parameters are stored in 16-bit, and keeps float32 masters of them; the region decides which operations see 16-bit inputs. A conversion by hand rounds first.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.AnnotatedModelIsConverted));

    public static void Analyze(OperationAnalysisContext context, IInvocationOperation invocation)
    {
        if (!IsConversion(invocation) || invocation.Receiver() is not { Type: INamedTypeSymbol type } receiver)
        {
            return;
        }

        var (what, why) = type.IsTensor() ? OfInput(invocation) : OfModel(receiver, type, context.ContainingSymbol);
        if (what is not null)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rule,
                invocation.NameLocation(),
                invocation.TargetMethod.Name,
                what,
                why));
        }
    }

    private static (string? What, string? Why) OfModel(IOperation receiver, INamedTypeSymbol type, ISymbol containingSymbol)
    {
        const string why = "so that no float32 masters of its parameters can be kept: leave it to the annotation's Parameters";
        if (type.FindMixedPrecisionClass() is { } model)
        {
            return ($"the model '{model.Name}'", why);
        }

        return receiver is IMemberReferenceOperation { Instance: IInstanceReferenceOperation, Member: { ContainingType: { } owner } member }
            && type.DerivesFromModule()
            && SymbolEqualityComparer.Default.Equals(owner, containingSymbol.ContainingType)
            && owner.FindMixedPrecision() is not null
                ? ($"'{member.Name}', a part of the model '{owner.Name}',", why)
                : default;
    }

    /// <summary>An input of an annotated model that has autocast: without, inputs are cast anyway, and no harm is done.</summary>
    private static (string? What, string? Why) OfInput(IInvocationOperation conversion)
    {
        IOperation value = conversion;
        while (value.Parent is IConversionOperation parent)
        {
            value = parent;
        }

        return value.Parent is IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: OperationTable.Call or OperationTable.Forward } call }
            && call.Instance?.WithoutConversions().Type.FindMixedPrecisionClass() is { } model
            && model.OriginalDefinition.FindMixedPrecision()!.ReadPolicy() is { Autocast: true }
                ? ($"an input of the model '{model.Name}'", "although its region casts where 16-bit is enough: pass it as it is")
                : default;
    }

    /// <summary>Whether a call converts to 16-bit, whatever it converts.</summary>
    internal static bool IsConversion(IInvocationOperation invocation)
        => invocation.TargetMethod is { Name: var name } method
            && (Is16Bit(Casts.DtypeOf(name)) || (Casts.DtypeParameter(name) is not null && invocation.Arguments.Any(static argument => Is16Bit(argument.Value))))
            && method.IsTorchSharps();

    /// <summary>A member of <c>ScalarType</c>, or TorchSharp's lower-case alias of one, which is a field and no constant.</summary>
    private static bool Is16Bit(IOperation value) => value.WithoutConversions() is IFieldReferenceOperation { Field: var field }
        && field.Type.Name == "ScalarType"
        && Is16Bit(DtypeNames.OfAlias(field.Name) ?? field.Name);

    private static bool Is16Bit(string? dtype) => dtype is nameof(Dtype.Float16) or nameof(Dtype.BFloat16);
}
