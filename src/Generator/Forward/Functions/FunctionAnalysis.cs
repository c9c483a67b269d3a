using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Functions;

/// <summary>
/// What a class marked <c>[MixedPrecisionFunction]</c> is, and whether code can be generated for it. The one place that decides;
/// generator and analyzers both ask here.
/// </summary>
/// <param name="Fault">Why nothing can be generated.</param>
/// <param name="Method">The generated method that the fault is about; null for faults of the class.</param>
/// <param name="Culprit">What is in the way; null where something is missing.</param>
/// <param name="Base">TorchSharp's class that the function derives from.</param>
/// <param name="CastInputs">The dtype that the function computes in; unspecified where that is its caller's affair.</param>
internal sealed record FunctionAnalysis(
    FunctionFault Fault,
    string? Method = null,
    ISymbol? Culprit = null,
    INamedTypeSymbol? Base = null,
    Dtype CastInputs = Dtype.Unspecified)
{
    private static readonly string[] Methods = [OperationTable.Forward, AutogradFunctions.Backward];

    /// <summary>The method of the user's that a generated one calls.</summary>
    public static string CoreOf(string method) => method is OperationTable.Forward ? AnnotatedClassAnalysis.ForwardCore : "BackwardCore";

    /// <summary>Analyses a class that carries the attribute.</summary>
    public static FunctionAnalysis Of(INamedTypeSymbol type, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        if (AutogradFunctions.BaseOf(type) is not { } @base)
        {
            return new(FunctionFault.NotAFunction);
        }

        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (current.IsFileLocal || !current.IsPartial(token))
            {
                return new(current.IsFileLocal ? FunctionFault.FileLocal : FunctionFault.NotPartial, Culprit: current, Base: @base);
            }
        }

        var castInputs = type.FindMixedPrecisionFunction()!.ReadCastInputs();
        if (castInputs is not (Dtype.Unspecified or Dtype.Float32 or Dtype.Float16 or Dtype.BFloat16))
        {
            return new(FunctionFault.UnusableDtype, Base: @base, CastInputs: castInputs);
        }

        return Methods.Select(method => FaultOf(type, @base, method)).FirstOrDefault(static fault => fault is not null)
            ?? new(FunctionFault.None, Base: @base, CastInputs: castInputs);
    }

    /// <summary>
    /// The method of a function in source that the user wrote for one of TorchSharp's: its <c>…Core</c> where the class, or the base
    /// that has it, is marked, else the override. Null where there is none.
    /// </summary>
    public static IMethodSymbol? Written(INamedTypeSymbol function, string method)
    {
        if (AutogradFunctions.BaseOf(function) is not { } @base)
        {
            return null;
        }

        foreach (var current in Bases(function))
        {
            if (Find(current, CoreOf(method), method, @base) is { IsAbstract: false } core && IsMarked(function))
            {
                return core;
            }

            if (Find(current, method, method, @base) is { IsOverride: true, IsAbstract: false } written)
            {
                return written;
            }
        }

        return null;
    }

    /// <summary>Whether the compiler will miss a <c>forward</c> or <c>backward</c> in a function that gets none of its own.</summary>
    public static bool LacksMethods(INamedTypeSymbol function)
        => AutogradFunctions.BaseOf(function) is { } @base && !IsMarked(function.BaseType!) && Methods.Any(method
            => !Bases(function).Any(type => Find(type, method, method, @base) is { IsOverride: true, IsAbstract: false }));

    /// <summary>Whether a function, or one of its bases, is marked.</summary>
    public static bool IsMarked(INamedTypeSymbol function) => Mark(function) is not null;

    /// <summary>The mark of a function or of the nearest of its bases that has one.</summary>
    public static AttributeData? Mark(INamedTypeSymbol function)
    {
        for (var current = function; current is not null; current = current.BaseType)
        {
            if (current.OriginalDefinition.FindMixedPrecisionFunction() is { } mark)
            {
                return mark;
            }
        }

        return null;
    }

    private static FunctionAnalysis? FaultOf(INamedTypeSymbol type, INamedTypeSymbol @base, string method)
    {
        FunctionAnalysis Fault(FunctionFault fault, ISymbol? culprit = null) => new(fault, method, culprit, @base);

        if (FindClash(type, method, method, @base) is { } own)
        {
            return own.IsOverride ? Fault(FunctionFault.OverridesItself, own) : Fault(FunctionFault.NameIsTaken, own);
        }

        if (type.Name == method || type.TypeParameters.Any(parameter => parameter.Name == method))
        {
            return Fault(FunctionFault.NameIsTaken, type);
        }

        if (type.GetMembers(method).FirstOrDefault(static member => member is not IMethodSymbol) is { } member)
        {
            return Fault(FunctionFault.NameIsTaken, member);
        }

        var inherited = Bases(type).Select(current => Find(current, method, method, @base));
        if (inherited.FirstOrDefault(static found => found is { IsSealed: true }) is { } @sealed)
        {
            return Fault(FunctionFault.Sealed, @sealed);
        }

        foreach (var current in Bases(type))
        {
            // What the nearest class declares under the name is what C# looks at.
            var declared = current.GetMembers(CoreOf(method)).Where(member => AnnotatedClassAnalysis.IsAccessible(member, type)).ToArray();
            if (declared.Length > 0)
            {
                return Find(current, CoreOf(method), method, @base) is null ? Fault(FunctionFault.CoreSignature, declared[0]) : null;
            }
        }

        return Fault(FunctionFault.NoCore);
    }

    /// <summary>A function and its bases below TorchSharp's.</summary>
    private static IEnumerable<INamedTypeSymbol> Bases(INamedTypeSymbol function)
    {
        for (var current = function; !AutogradFunctions.IsBase(current); current = current.BaseType!)
        {
            yield return current;
        }
    }

    /// <summary>An instance method of a name with the parameters and the result of one of TorchSharp's.</summary>
    private static IMethodSymbol? Find(INamedTypeSymbol type, string name, string like, INamedTypeSymbol @base)
        => FindClash(type, name, like, @base) is { IsStatic: false, RefKind: RefKind.None } method
            && method.ReturnType.IsSameIgnoringTupleNames(Model(@base, like).ReturnType) ? method : null;

    /// <summary>A method of a name with the parameters of one of TorchSharp's, which lets no other be there; never a generated one.</summary>
    private static IMethodSymbol? FindClash(INamedTypeSymbol type, string name, string like, INamedTypeSymbol @base)
    {
        var generated = type.FindPrecisionGenerated()?.ApplicationSyntaxReference?.SyntaxTree;
        var parameters = Model(@base, like).Parameters;
        return type.GetMembers(name).OfType<IMethodSymbol>().FirstOrDefault(method
            => method.Arity == 0
                && (generated is null || method.DeclaringSyntaxReferences is not [{ SyntaxTree: var tree }] || tree != generated)
                && method.Parameters.Length == parameters.Length
                && method.Parameters.Zip(parameters, static (own, other)
                    => own.RefKind is RefKind.None && own.Type.IsSameIgnoringTupleNames(other.Type)).All(static same => same));
    }

    private static IMethodSymbol Model(INamedTypeSymbol @base, string method) => @base.GetMembers(method).OfType<IMethodSymbol>().Single();
}
