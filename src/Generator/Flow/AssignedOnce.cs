using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow;

/// <summary>
/// The expression behind a name: what a local variable or a field is assigned that is assigned once, and what a method returns that has one
/// <c>return</c>.
/// </summary>
/// <param name="context">The compilation.</param>
/// <param name="token">Cancels.</param>
internal readonly struct AssignedOnce(FlowContext context, CancellationToken token)
{
    /// <summary>Names that lead to each other, as recursion does, end here.</summary>
    private const int MaximumSteps = 16;

    /// <summary>The expression behind a name, through names that lead to names; the operation itself where it is none. Conversions are left out.</summary>
    public IOperation Behind(IOperation operation)
    {
        var current = operation.WithoutConversions();
        for (var i = 0; i < MaximumSteps && Next(current) is { } next; i++)
        {
            current = next.WithoutConversions();
        }

        return current;
    }

    /// <summary>The expression that a name stands for at once; null where the operation is no such name.</summary>
    public IOperation? Next(IOperation operation) => operation switch
    {
        IParenthesizedOperation { Operand: var inner } => inner,
        ILocalReferenceOperation { Local: var local } reference
            => context.BodyOf(reference.Root(), token).Variables.Find(local) is { IsReassigned: false, Initial: var initial } ? initial : null,
        IFieldReferenceOperation { Field: { IsConst: false } field } => ValuesOf(field) is [var one] ? one : null,
        IInvocationOperation { TargetMethod: { IsVirtual: false, IsAbstract: false, IsOverride: false } method } when context.Compilation.Declares(method)
            => Returned(method),
        _ => null,
    };

    /// <summary>
    /// What a read-only field, or a private one that only constructors assign, is assigned by its initialiser and by constructors; nothing where
    /// others may assign it.
    /// </summary>
    public IReadOnlyList<IOperation> ValuesOf(IFieldSymbol field)
    {
        var values = new List<IOperation>();
        if (!context.Compilation.Declares(field)
            || !(field.IsReadOnly || (field.DeclaredAccessibility is Accessibility.Private && !context.IsAssignedOutsideConstructors(field, token))))
        {
            return values;
        }

        foreach (var member in field.ContainingType.GetMembers())
        {
            foreach (var reference in member.DeclaringSyntaxReferences)
            {
                switch (member, reference.GetSyntax(token))
                {
                    case (IFieldSymbol, VariableDeclaratorSyntax { Initializer: { } initializer }) when SymbolEqualityComparer.Default.Equals(member, field):
                        values.AddRange(context.BodyOf(initializer, token)?.Root is IFieldInitializerOperation { Value: var value } ? [value] : []);
                        break;
                    case (IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.StaticConstructor }, ConstructorDeclarationSyntax constructor)
                        when constructor.DescendantTokens().Any(name => name.ValueText == field.Name):
                        values.AddRange(context.BodyOf(constructor, token)?.Root.Descendants().OfType<ISimpleAssignmentOperation>()
                            .Where(assignment => assignment.Target is IFieldReferenceOperation { Field: var assigned }
                                && SymbolEqualityComparer.Default.Equals(assigned, field))
                            .Select(static assignment => assignment.Value) ?? []);
                        break;
                }
            }
        }

        return values;
    }

    private IOperation? Returned(IMethodSymbol method)
        => context.BodyOf(method, token)?.Root.Descendants().OfType<IReturnOperation>().Take(2).ToArray() is [{ ReturnedValue: { } value }] ? value : null;
}
