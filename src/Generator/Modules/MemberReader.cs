using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Modules;

/// <summary>Finds what a class puts into one of its fields or properties: in initialisers, constructors and wherever else it assigns them.</summary>
/// <param name="reader">Reads expressions.</param>
/// <param name="holdings">What is known already.</param>
/// <param name="models">The source.</param>
/// <param name="member">The field or property.</param>
/// <param name="receiver">The class of the object; null where that may be any that derives from the member's.</param>
internal sealed class MemberReader(HeldReader reader, Holdings holdings, SourceModels models, ISymbol member, INamedTypeSymbol? receiver)
{
    private readonly List<Held> added = [];
    private Held held = Held.Nothing;

    public Held Read()
    {
        if (!TypeOf(member).MayHoldModules())
        {
            return Held.Nothing;
        }

        if (member is IPropertySymbol { GetMethod: { } getter } && !IsAutomatic(member))
        {
            held = reader.Results(getter, isExact: receiver is not null);
        }
        else
        {
            ReadAssigned();
        }

        return member.FindFullPrecision() is null ? held
            : held.Modules.IsEmpty && TypeOf(member) is INamedTypeSymbol type ? new([new HeldModule(type, IsMarked: true)], IsOpen: true)
            : held.Marked();
    }

    private void ReadAssigned()
    {
        foreach (var reference in member.DeclaringSyntaxReferences)
        {
            var value = reference.GetSyntax(models.Token) switch
            {
                VariableDeclaratorSyntax declarator => declarator.Initializer?.Value,
                PropertyDeclarationSyntax property => property.Initializer?.Value,
                _ => null,
            };
            if (value is not null)
            {
                held = held.Or(reader.Read(models.OperationOf(value)));
            }
        }

        for (var type = receiver ?? member.ContainingType; type is not null; type = type.BaseType?.OriginalDefinition)
        {
            foreach (var node in models.UsesOf(member, type))
            {
                Note(models.OperationOf(node));
            }

            if (SymbolEqualityComparer.Default.Equals(type, member.ContainingType))
            {
                break;
            }
        }

        if (MayBeAssignedElsewhere() || holdings.IsAssignedElsewhere(member.Name))
        {
            held = held.OrUnknown();
        }

        held = held.With(holdings.IsFilledElsewhere(member.Name) ? added.Append(Held.Unknown) : added);
    }

    private void Note(IOperation? use)
    {
        switch (use)
        {
            case ISimpleAssignmentOperation { Target: var target, Value: var value } when IsElementOfIt(target):
                added.Add(reader.Read(value));
                break;
            case IDeconstructionAssignmentOperation { Target: ITupleOperation targets, Value: ITupleOperation values } when targets.Elements.Length == values.Elements.Length:
                for (var i = 0; i < targets.Elements.Length; i++)
                {
                    held = IsIt(targets.Elements[i]) ? held.Or(reader.Read(values.Elements[i])) : held;
                }

                break;
            case IDeconstructionAssignmentOperation { Target: var targets } when targets.DescendantsAndSelf().Any(IsIt):
                held = held.OrUnknown();
                break;
            case IAssignmentOperation { Target: var target, Value: var value } when IsIt(target):
                held = held.Or(reader.Read(value));
                break;
            case IInvocationOperation call when Containers.IsAddition(call.TargetMethod.Name) && call.Receiver() is { } receiver && IsIt(receiver):
                added.AddRange(Containers.Added(call.Arguments.Where(argument => !IsIt(argument.Value)).Select(argument => reader.Read(argument.Value)), out _));
                break;
            case IInvocationOperation call:
                foreach (var argument in call.Arguments.Where(argument => IsIt(argument.Value)))
                {
                    held = argument.Parameter?.RefKind is RefKind.Ref or RefKind.Out ? held.OrUnknown() : held;
                    added.AddRange(models.Declares(call.TargetMethod) ? [Held.Unknown] : []); // it may fill the collection
                }

                break;
        }
    }

    /// <summary>Whether code that is not searched may assign it: a derived class, another assembly.</summary>
    private bool MayBeAssignedElsewhere()
    {
        var setter = member switch
        {
            IFieldSymbol { IsReadOnly: false } => member.DeclaredAccessibility,
            IPropertySymbol { SetMethod: { } set } => set.DeclaredAccessibility,
            _ => Accessibility.Private,
        };
        return (receiver is null && (member.IsOverridable()
                || setter is Accessibility.Protected or Accessibility.ProtectedOrInternal or Accessibility.ProtectedAndInternal))
            || (setter is Accessibility.Public && models.IsLibrary && IsPublic(member.ContainingType));
    }

    private static bool IsPublic(INamedTypeSymbol? type)
        => type is null || (type.DeclaredAccessibility is not (Accessibility.Private or Accessibility.Internal) && IsPublic(type.ContainingType));

    private bool IsIt(IOperation operation)
        => operation.WithoutConversions() is IMemberReferenceOperation { Member: var named } && SymbolEqualityComparer.Default.Equals(named.OriginalDefinition, member);

    private bool IsElementOfIt(IOperation target) => target switch
    {
        IArrayElementReferenceOperation element => IsIt(element.ArrayReference),
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } collection } => IsIt(collection),
        _ => false,
    };

    private static bool IsAutomatic(ISymbol property)
        => property.DeclaringSyntaxReferences is [var reference]
            && reference.GetSyntax() is PropertyDeclarationSyntax { ExpressionBody: null, AccessorList.Accessors: var accessors }
            && accessors.All(static accessor => accessor is { Body: null, ExpressionBody: null });

    private static ITypeSymbol? TypeOf(ISymbol member) => member switch
    {
        IFieldSymbol field => field.Type,
        IPropertySymbol property => property.Type,
        _ => null,
    };
}
