using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>A private field with a module of TorchSharp that may become another one: one place makes it, and one calls it.</summary>
internal static class ExchangeableField
{
    /// <summary>The call that makes the module, in the file of the operation; null where the field cannot be exchanged.</summary>
    public static IInvocationOperation? MakerOf(IOperation? module, OperationContext context)
        => module?.WithoutConversions() is IFieldReferenceOperation { Field: { DeclaredAccessibility: Accessibility.Private } field }
            && MakerOf(field, context) is { } maker
            && IsInFile(field, context)
            && Names(field, context.CancellationToken) == (IsInitialised(maker) ? 1 : 2)
                ? maker
                : null;

    /// <summary>The call that makes the module of a field, in the file of the operation; null where it is not seen.</summary>
    public static IInvocationOperation? MakerOf(IFieldSymbol field, OperationContext context)
        => context.Names.ValuesOf(field) is [var value]
            && value.WithoutConversions() is IInvocationOperation { Instance: null } maker
            && maker.TargetMethod.IsTorchSharps()
            && maker.Syntax.SyntaxTree == context.Operation.Syntax.SyntaxTree
                ? maker
                : null;

    private static bool IsInFile(IFieldSymbol field, OperationContext context)
        => field.DeclaringSyntaxReferences is [{ SyntaxTree: var tree } declaration]
            && tree == context.Operation.Syntax.SyntaxTree
            && declaration.GetSyntax(context.CancellationToken) is VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Variables.Count: 1 } };

    private static bool IsInitialised(IOperation maker) => maker.Syntax.FirstAncestorOrSelf<EqualsValueClauseSyntax>() is not null;

    /// <summary>How often the class names the field behind its declaration.</summary>
    private static int Names(IFieldSymbol field, CancellationToken token)
        => field.ContainingType.DeclaringSyntaxReferences.Sum(part => part.GetSyntax(token).DescendantNodes()
            .Count(node => node is IdentifierNameSyntax { Identifier.ValueText: var name } && name == field.Name));
}
