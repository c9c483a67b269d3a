using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Uses;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Models;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Callers;

/// <summary>What is known of parameters.</summary>
internal static class Inputs
{
    /// <summary>
    /// What is known of a member's parameters: in the forward of an annotated class what the generated code casts; else nothing.
    /// </summary>
    /// <param name="owner">The member.</param>
    /// <param name="variables">The variables of its body.</param>
    /// <param name="precision">The annotation of its class.</param>
    /// <param name="scenario">Where it runs.</param>
    /// <param name="context">What is known of the compilation.</param>
    /// <param name="token">Cancels.</param>
    public static FlowState Of(
        ISymbol owner, Variables variables, PrecisionOfClass precision, Scenario scenario, FlowContext context, CancellationToken token)
    {
        var state = new FlowState(variables);
        if (BodyRegion.IsForward(owner) && precision.Kind is ClassKind.TrueSixteenBit or ClassKind.FullPrecision)
        {
            foreach (var parameter in ((IMethodSymbol)owner).Parameters)
            {
                state[parameter] = new Input(parameter, precision.Kind, scenario, context, token).Value();
            }
        }

        return state;
    }

    /// <summary>What the forward of a true 16-bit class is given.</summary>
    public static FlowValue? OfTrueSixteenBit(IParameterSymbol parameter, Scenario scenario, FlowContext context, CancellationToken token)
        => new Input(parameter, ClassKind.TrueSixteenBit, scenario, context, token).Value();

    /// <summary>A value of some type whose tensors are all alike.</summary>
    public static FlowValue? OfType(ITypeSymbol type, TensorDtype tensor) => type switch
    {
        _ when type.IsTensor() => tensor,
        IArrayTypeSymbol { Rank: 1 } array when array.ElementType.IsTensor() => new SequenceValue(tensor),
        INamedTypeSymbol { IsTupleType: true } tuple => new TupleValue([.. tuple.TupleElements.Select(element => OfType(element.Type, tensor))]),
        _ => null,
    };

    /// <summary>One parameter of a forward, whose tensors the generated code casts.</summary>
    private sealed class Input(IParameterSymbol parameter, ClassKind kind, Scenario scenario, FlowContext context, CancellationToken token)
    {
        private IReadOnlyCollection<object>? floating;

        private IReadOnlyCollection<object> Floating => floating ??= context.FloatingPartsOf(parameter, token);

        public FlowValue? Value()
            => parameter.Type.IsTensor() ? Tensor(mayBeIndex: kind is ClassKind.TrueSixteenBit && context.MayBeIndex(parameter, token))
                : parameter.Type.SpecialType is not SpecialType.None && parameter.Type is not INamedTypeSymbol { IsGenericType: true } ? null
                : Of(new ValueShapes(parameter.ContainingAssembly, parameter.ContainingType).Of(parameter.Type), parameter.Type, part: null);

        private TensorDtype Tensor(bool mayBeIndex) => kind is ClassKind.FullPrecision
            ? new(Dtypes.Any & ~Dtypes.SixteenBit & ~Dtypes.Other)
            : new(scenario.Compute | (mayBeIndex ? Dtypes.Integral : Dtypes.None), Origin: OriginOf(parameter, "input of a true 16-bit class"));

        /// <param name="shape">Where generated code casts tensors.</param>
        /// <param name="type">The type.</param>
        /// <param name="part">Which part of the parameter it is; null for all of it, and for parts of parts.</param>
        private FlowValue? Of(ValueShape shape, ITypeSymbol type, object? part)
        {
            var isWhole = part is null && SymbolEqualityComparer.Default.Equals(type, parameter.Type);
            switch (shape.Kind, type)
            {
                case (ValueKind.Tensor, _):
                    return Tensor(kind is ClassKind.TrueSixteenBit && (part is null || !Floating.Contains(part)));
                case (ValueKind.Tuple, INamedTypeSymbol { TupleElements: var elements }):
                    return new TupleValue([.. elements.Select((element, i) => ObjectValue.Part(Of(shape.Members[i].Shape, element.Type, isWhole ? PartUses.NameOfItem(i) : null)))]);
                case (ValueKind.Items or ValueKind.Dictionary, _):
                    return Collection(shape.Element, type is IArrayTypeSymbol array ? array.ElementType : ((INamedTypeSymbol)type).TypeArguments.Last(), isWhole);
                case (ValueKind.Record or ValueKind.Struct or ValueKind.Class, INamedTypeSymbol named):
                    var made = new ObjectValue(named, isExact: false);
                    foreach (var member in shape.Members)
                    {
                        if (MemberOf(named, member.Name) is var (symbol, memberType))
                        {
                            made = made.With(symbol, Of(member.Shape, memberType, isWhole ? symbol.Name : null));
                        }
                    }

                    return made;
                default:
                    return null;
            }
        }

        private FlowValue? Collection(ValueShape element, ITypeSymbol type, bool isWhole)
        {
            var places = isWhole && element.Kind is ValueKind.Tensor && kind is ClassKind.TrueSixteenBit
                ? Floating.Where(static part => part != PartUses.Elements).ToImmutableDictionary(static place => place, _ => (FlowValue)Tensor(mayBeIndex: false))
                : null;
            return ObjectValue.Part(Of(element, type, isWhole ? PartUses.Elements : null)) is { } value ? new SequenceValue(value, Places: places) : null;
        }

        private static (ISymbol Symbol, ITypeSymbol Type)? MemberOf(INamedTypeSymbol type, string name)
        {
            for (var current = type; current is not null; current = current.BaseType)
            {
                foreach (var member in current.GetMembers(name.TrimStart('@')))
                {
                    switch (member)
                    {
                        case IFieldSymbol field:
                            return (field, field.Type);
                        case IPropertySymbol property:
                            return (property, property.Type);
                    }
                }
            }

            return null;
        }
    }

    private static DtypeOrigin? OriginOf(IParameterSymbol parameter, string reason)
        => parameter.DeclaringSyntaxReferences is [var reference] ? new DtypeOrigin(reference.GetSyntax(), reason) : null;
}
