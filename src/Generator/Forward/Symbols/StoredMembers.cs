using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Symbols;

/// <summary>
/// The tensors that an object of the compilation stores, and how a copy gets others. What counts is storage: a property that computes
/// its tensor from others computes it from what was cast.
/// </summary>
internal sealed class StoredMembers(ValueShapes values, INamedTypeSymbol type)
{
    private readonly ImmutableArray<ValueMember>.Builder members = ImmutableArray.CreateBuilder<ValueMember>();
    private readonly Dictionary<string, ISymbol> names = new(StringComparer.Ordinal);
    private bool isInitOnly;

    public ValueShape Read(string place)
    {
        for (var current = type; current is not null && values.IsOwn(current); current = current.BaseType)
        {
            foreach (var member in current.GetMembers())
            {
                Add(current, member);
            }

            if (current.BaseType is { SpecialType: SpecialType.None } foreign && !values.IsOwn(foreign) && values.HasTensors(foreign))
            {
                return values.Refuse(place, $"its base '{foreign.Name}' is a type of another assembly: hold it in a member instead");
            }
        }

        if (!members.Any(static member => member.Shape.HasTensors))
        {
            return members.Count > 0 ? members[0].Shape : ValueShapes.Opaque;
        }

        if (type.GetMembers().OfType<IMethodSymbol>().Any(static method => method.MethodKind is MethodKind.Destructor))
        {
            return values.Refuse(place, "a copy would be finalized beside the original: pass the tensors in a record");
        }

        var kind = type.IsRecord && !type.IsValueType || type.IsValueType && isInitOnly ? ValueKind.Record
            : type.IsValueType ? ValueKind.Struct
            : ValueKind.Class;
        return new(kind, ValueShapes.Source(type), new(members.ToImmutable()), type.IsValueType);
    }

    private void Add(INamedTypeSymbol declaring, ISymbol symbol)
    {
        // An automatic property is one with its field. An abstract one is stored in a derived class. What the compiler stores of a
        // primary constructor's parameters depends on bodies, which the generator does not read: see IsOfPrimaryConstructor.
        var (member, memberType) = symbol switch
        {
            IFieldSymbol { IsStatic: false, AssociatedSymbol: null, IsImplicitlyDeclared: false } field => (field, field.Type),
            IFieldSymbol { IsStatic: false, AssociatedSymbol: IPropertySymbol property } => (property, property.Type),
            IPropertySymbol { IsStatic: false, IsAbstract: true, IsIndexer: false } property => (property, property.Type),
            IPropertySymbol { IsStatic: false, SetMethod: null, IsIndexer: false } property when IsOfPrimaryConstructor(property)
                => (property, property.Type),
            _ => ((ISymbol?)null, (ITypeSymbol?)null),
        };
        if (member is null || memberType is null)
        {
            return;
        }

        var isHidden = names.TryGetValue(member.Name, out var hiding);
        if (isHidden && (hiding is IPropertySymbol { IsOverride: true } || SymbolEqualityComparer.Default.Equals(hiding, member)))
        {
            return;
        }

        names[member.Name] = member;
        var place = declaring.Name + "." + member.Name;
        var shape = values.Read(memberType, place);
        if (shape.HasTensors && Fault(member, isHidden) is { } fault)
        {
            shape = values.Refuse(place, fault);
        }

        if (shape.Kind is not ValueKind.Opaque)
        {
            var initializer = member is IPropertySymbol { SetMethod.IsInitOnly: true };
            isInitOnly |= initializer && shape.HasTensors;
            members.Add(new(SourceNames.Escape(member.Name), shape, initializer && IsPlainClass ? ValueShapes.Source(declaring) : null));
        }
    }

    private bool IsPlainClass => type is { IsRecord: false, IsValueType: false };

    /// <summary>Why a copy cannot get another tensor there; null where it can.</summary>
    private string? Fault(ISymbol member, bool isHidden) => member switch
    {
        _ when isHidden => "a derived type hides it: give one of them another name",
        IFieldSymbol { IsReadOnly: true } or IPropertySymbol { SetMethod: null } => "it cannot be set in a copy: make it a property with init",
        _ when !IsReachable(member) => "it is not public or internal: make it a property with init that is",
        IPropertySymbol { GetMethod: null } => "it cannot be read: give it get",
        IPropertySymbol property when !IsReachable(property.GetMethod!) || !IsReachable(property.SetMethod!)
            => "its accessors are not public or internal: make them so",
        IPropertySymbol { SetMethod.IsInitOnly: true } property when IsPlainClass && !values.CanInitialize(property.ContainingType)
            => "only an initializer can set it, in a generic class: make the type a record, or give the property set",
        _ => null,
    };

    private static bool IsReachable(ISymbol member)
        => member.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal;

    /// <summary>Whether a property may show a parameter of the primary constructor, which the class then stores.</summary>
    private static bool IsOfPrimaryConstructor(IPropertySymbol property)
        => property.ContainingType is { IsRecord: false } declaring
            && declaring.InstanceConstructors.Any(constructor
                => constructor.DeclaringSyntaxReferences is [var reference] && reference.GetSyntax() is TypeDeclarationSyntax
                    && constructor.Parameters.Any(parameter => SymbolEqualityComparer.Default.Equals(parameter.Type, property.Type)));
}
