using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>
/// Fields and properties that are assigned in initialisers and constructors only. What a module registers (parameters and
/// buffers) may be converted later by <c>to</c> or by master weights: of its floating tensors only what the annotation says is known.
/// </summary>
internal sealed class Members(FlowContext context, Entry entry, CancellationToken token)
{
    private readonly PrecisionOfClass precision = entry.Precision;
    private readonly Scenario scenario = entry.Scenario;

    /// <summary>What a field holds; null when nothing is known.</summary>
    public FlowValue? Read(IFieldReferenceOperation reference)
        => HeldIn(reference, reference.Field.Type) is { } held ? held
            : reference.Field is { IsConst: false, AssociatedSymbol: null } field && InitialMembers.MayBeKnown(field.Type) && IsFixed(field, field.IsReadOnly, field.DeclaredAccessibility)
                && Stored(field, reference.Instance) is { } stored ? stored
            : PrivateStore.MayBe(reference.Field) ? context.Stored?.Of(reference.Field.OriginalDefinition, scenario)
            : null;

    /// <summary>What a property holds; null when nothing is known.</summary>
    public FlowValue? Read(IPropertyReferenceOperation reference)
    {
        var property = reference.Property;
        if (IsWeight(reference))
        {
            return WeightsOf(reference.Instance) is var weights and not Dtypes.Any ? new TensorDtype(weights) : null;
        }

        return HeldIn(reference, property.Type) is { } held ? held
            : property is { SetMethod: null, IsIndexer: false } && InitialMembers.MayBeKnown(property.Type) && IsAutomatic(property) ? Stored(property, reference.Instance) : null;
    }

    /// <summary>The modules that a member holds; null where its type says that already, or where it may hold others.</summary>
    private HeldValue? HeldIn(IMemberReferenceOperation reference, ITypeSymbol type)
        => context.Compilation.Declares(reference.Member) && type.IsOfModules() && !type.IsExactModule()
            ? HeldValue.Of(context.Holdings.Of(reference.Member, reference.Instance is IInstanceReferenceOperation ? entry.Receiver : null, token))
            : null;

    /// <summary>
    /// The dtypes that the weights of a module may have, by the annotation of the class whose member it is: every dtype where
    /// that says nothing.
    /// </summary>
    public Dtypes WeightsOf(IOperation? module)
    {
        if (precision.Kind is ClassKind.Plain || module is null || !IsPartOfThis(module))
        {
            return Dtypes.Any;
        }

        return FullPrecisionMember.Of(module) is not null ? Dtypes.Float32 : Parameters;
    }

    /// <summary>The dtypes of parameters of the class: float32 masters, or 16-bit once they were converted.</summary>
    private Dtypes Parameters => precision.Kind switch
    {
        ClassKind.TrueSixteenBit => scenario.Compute,
        ClassKind.Mixed when precision.Policy!.Parameters is not Dtype.Float32 => Dtypes.Float32 | scenario.Compute,
        _ => Dtypes.Float32,
    };

    private FlowValue? Stored(ISymbol member, IOperation? instance)
    {
        var value = context.MembersOf(member.ContainingType, token).TryGetValue(member, out var written) ? written : null;
        if (value is not TensorDtype tensor || member.IsStatic || !member.ContainingType.DerivesFromModule())
        {
            // Elements of a collection, and members of an object, may be replaced by anyone.
            return ObjectValue.Part(value);
        }

        if (!tensor.Dtypes.Overlaps(Dtypes.Floating | Dtypes.Complex))
        {
            return tensor;
        }

        if (context.IsTransient(member, token))
        {
            return tensor;
        }

        // Only the class itself knows its annotation to hold for what it reads.
        return instance is IInstanceReferenceOperation && precision.Kind is not ClassKind.Plain && tensor.Dtypes.AreAllIn(Dtypes.SixteenBit | Dtypes.Float32)
            ? tensor with { Dtypes = member.FindFullPrecision() is not null ? Dtypes.Float32 | tensor.Dtypes : Parameters | tensor.Dtypes & ~Converted }
            : null;
    }

    /// <summary>In true 16-bit what is float32 at first is certainly converted: products would not run otherwise.</summary>
    private Dtypes Converted => precision.Kind is ClassKind.TrueSixteenBit ? Dtypes.Float32 : Dtypes.None;

    private static bool IsWeight(IPropertyReferenceOperation reference)
        => reference.Property is { Name: "weight" or "bias", ContainingNamespace: { Name: "Modules", ContainingNamespace.Name: "TorchSharp" } };

    /// <summary>Whether a module is a member of the object itself, or an element of a collection of modules that is.</summary>
    private static bool IsPartOfThis(IOperation module) => module switch
    {
        IConversionOperation conversion => IsPartOfThis(conversion.Operand),
        IFieldReferenceOperation { Instance: IInstanceReferenceOperation } or IPropertyReferenceOperation { Instance: IInstanceReferenceOperation } => true,
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } collection } => IsPartOfThis(collection),
        _ => false,
    };

    private static bool IsAutomatic(IPropertySymbol property)
        => property.DeclaringSyntaxReferences is [var reference]
            && reference.GetSyntax() is PropertyDeclarationSyntax { ExpressionBody: null, AccessorList.Accessors: [{ Body: null, ExpressionBody: null }] };

    /// <summary>Whether a field is read-only, or private and assigned in constructors alone.</summary>
    private bool IsFixed(IFieldSymbol field, bool isReadOnly, Accessibility accessibility)
        => field.DeclaringSyntaxReferences.Length > 0
            && (isReadOnly || (accessibility is Accessibility.Private && !context.IsAssignedOutsideConstructors(field, token)));
}
