using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Callers;

/// <summary>A private field of tensors that nothing but methods of its class fills, each of which only analysed code calls.</summary>
/// <param name="Field">The field.</param>
/// <param name="Writers">The methods that put tensors into it.</param>
/// <param name="Empty">What it holds before.</param>
internal sealed record PrivateStore(IFieldSymbol Field, IReadOnlyList<IMethodSymbol> Writers, FlowValue Empty)
{
    /// <summary>Whether a field may be one, by its type: a collection of tensors, or a tensor that no module registers.</summary>
    public static bool MayBe(IFieldSymbol field)
        => field is { DeclaredAccessibility: Accessibility.Private, IsStatic: false, IsImplicitlyDeclared: false, DeclaringSyntaxReferences.Length: 1 }
            && (IsCollection(field.Type) || (field.Type.IsTensor() && !field.ContainingType.DerivesFromModule()));

    /// <summary>The store in a field; null where something else may fill it.</summary>
    public static PrivateStore? Of(IFieldSymbol field, Entries entries, FlowContext context, CancellationToken token)
    {
        var (writers, isMade) = (new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default), HasInitializer(field, token));
        foreach (var part in field.ContainingType.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(token)))
        {
            var model = context.Compilation.GetSemanticModel(part.SyntaxTree);
            foreach (var name in part.DescendantNodes().OfType<IdentifierNameSyntax>().Where(name => name.Identifier.ValueText == field.Name))
            {
                if (!SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, token).Symbol?.OriginalDefinition, field))
                {
                    continue;
                }

                var place = name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : (ExpressionSyntax)name;
                if (model.GetOperation(place, token) is not IFieldReferenceOperation reference || UseOf(reference) is not { } use)
                {
                    return null;
                }

                if (use is Use.Read)
                {
                    continue;
                }

                switch (model.GetEnclosingSymbol(place.SpanStart, token))
                {
                    case IMethodSymbol { MethodKind: MethodKind.Ordinary } writer:
                        writers.Add(writer.OriginalDefinition);
                        break;
                    case IMethodSymbol { MethodKind: MethodKind.Constructor } when use is Use.Assignment:
                        isMade = true;
                        break;
                    default:
                        return null;
                }
            }
        }

        var nothing = IsCollection(field.Type) ? (FlowValue)new SequenceValue(TensorDtype.Bottom) : TensorDtype.Bottom;
        var empty = !isMade ? nothing : context.MembersOf(field.ContainingType, token).TryGetValue(field, out var made) ? FlowValue.Join(nothing, made) : FlowValue.Top;
        return empty is not null && writers.Count > 0 && writers.All(writer => AreCallersAnalysed(writer, entries, context, token))
            ? new(field, [.. writers], empty)
            : null;
    }

    private static bool HasInitializer(IFieldSymbol field, CancellationToken token)
        => field.DeclaringSyntaxReferences[0].GetSyntax(token) is VariableDeclaratorSyntax { Initializer: not null };

    private static bool IsCollection(ITypeSymbol type)
        => type is IArrayTypeSymbol { Rank: 1 } array ? array.ElementType.IsTensor()
            : type is INamedTypeSymbol named && named.IsCollection("List", "Dictionary", "Stack", "Queue") && named.TypeArguments.Last().IsTensor();

    /// <summary>What code does with the field; null where it hands the collection on, to others who may fill it.</summary>
    private static Use? UseOf(IFieldReferenceOperation reference)
    {
        var value = WithConversions(reference);
        var isElement = value.Parent is IArrayElementReferenceOperation or IPropertyReferenceOperation { Property.IsIndexer: true } or IImplicitIndexerReferenceOperation;
        var use = IsTarget(value) ? Use.Assignment
            : isElement && IsTarget(WithConversions(value.Parent!)) ? Use.Addition
            : IsAlias(value) || (isElement && IsAlias(WithConversions(value.Parent!))) ? null
            : isElement || !IsCollection(reference.Field.Type) ? Use.Read
            : OfCollection(value);
        return use is Use.Read || reference.Instance is IInstanceReferenceOperation ? use : null;
    }

    private static Use? OfCollection(IOperation value) => value.Parent switch
    {
        IPropertyReferenceOperation { Property.Name: "Count" or "Length" } or IForEachLoopOperation or IBinaryOperation => Use.Read,
        IIsPatternOperation { Pattern: IConstantPatternOperation or INegatedPatternOperation { Pattern: IConstantPatternOperation } } => Use.Read,
        IInvocationOperation { Instance: { } instance, TargetMethod.Name: var method } when instance == value => method switch
        {
            "Add" or "TryAdd" or "Push" or "Enqueue" or "Insert" => Use.Addition,
            "Clear" or "Pop" or "Peek" or "Dequeue" or "RemoveAt" or "Remove" or "ContainsKey" or "ToArray" => Use.Read,
            _ => null,
        },
        IArgumentOperation { Parent: IInvocationOperation { TargetMethod: var method } } when method.IsTorchSharps() => Use.Read,
        _ => null,
    };

    private static IOperation WithConversions(IOperation value)
    {
        while (value.Parent is IConversionOperation conversion)
        {
            value = conversion;
        }

        return value;
    }

    /// <summary>Whether something is assigned to a place, by itself or in a deconstruction.</summary>
    private static bool IsTarget(IOperation place)
    {
        while (place.Parent is ITupleOperation tuple)
        {
            place = tuple;
        }

        return place.Parent is IAssignmentOperation assignment && assignment.Target == place;
    }

    private static bool IsAlias(IOperation place) => place.Parent
        is IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out }
        or IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol.RefKind: not RefKind.None } };

    /// <summary>Whether all that names a method calls it, in code that entries lead through.</summary>
    private static bool AreCallersAnalysed(IMethodSymbol method, Entries entries, FlowContext context, CancellationToken token)
    {
        if (BodyRegion.IsForward(method) || (method.Name == OperationTable.Forward && method.ContainingType.DerivesFromModule()))
        {
            // Calls do not name it.
            return entries.HasAnalysed(method) && !context.IsMadeElsewhere(method.ContainingType, token);
        }

        if (method.IsOverridable() || !method.ExplicitInterfaceImplementations.IsEmpty)
        {
            return false;
        }

        foreach (var tree in context.Compilation.SyntaxTrees)
        {
            if (tree.GetText(token).ToString().IndexOf(method.Name, StringComparison.Ordinal) < 0)
            {
                continue;
            }

            var model = context.Compilation.GetSemanticModel(tree);
            foreach (var name in tree.GetRoot(token).DescendantNodes().OfType<SimpleNameSyntax>().Where(name => name.Identifier.ValueText == method.Name))
            {
                if (SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, token).Symbol?.OriginalDefinition, method)
                    && !(IsCalled(name) && Member(model.GetEnclosingSymbol(name.SpanStart, token)) is IMethodSymbol caller && entries.HasAnalysed(caller)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool IsCalled(SimpleNameSyntax name)
        => (name.Parent is MemberAccessExpressionSyntax or MemberBindingExpressionSyntax ? name.Parent : name).Parent is InvocationExpressionSyntax;

    private static ISymbol? Member(ISymbol? symbol)
    {
        while (symbol is IMethodSymbol { MethodKind: MethodKind.LambdaMethod or MethodKind.LocalFunction })
        {
            symbol = symbol.ContainingSymbol;
        }

        return symbol;
    }

    private enum Use
    {
        Read,
        Assignment,
        Addition,
    }
}
