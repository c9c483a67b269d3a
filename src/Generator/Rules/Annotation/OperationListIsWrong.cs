using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception;
using Precision.Generator.Lists;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0013: an entry of the user's lists of operations that cannot be kept.</summary>
internal static class OperationListIsWrong
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.OperationListIsWrong,
        title: "Operation list is wrong",
        messageFormat: "'{0}' on the list of {1} {2}: {3}",
        RuleCategories.Annotation,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "The compiler replaces calls of methods and modules that [ComputesIn] or an option lists. Names that stand for nothing or for "
            + "several members, and members whose uses cannot be replaced, would be left out without a word.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.OperationListIsWrong));

    private const string ListTheClass = "put the module's class on the list";

    /// <summary>What is wrong with an attribute; null where nothing is.</summary>
    public static Diagnostic? OfAttribute(ISymbol symbol, CancellationToken token)
    {
        if (symbol.FindComputesIn() is not { ConstructorArguments: [{ Value: int value }] } attribute)
        {
            return null;
        }

        var dtype = (Dtype)value;
        var fault = dtype is not (Dtype.Float32 or Dtype.Auto)
            ? (dtype is Dtype.Float16 or Dtype.BFloat16 ? "names one 16-bit dtype, and regions may have another one" : "names no floating dtype",
                "write Dtype.Float32, or Dtype.Auto for the 16-bit dtype around the call")
            : FaultOf(symbol);
        return fault is var (reason, remedy) ? Create(attribute.ApplicationSyntaxReference?.GetSyntax(token).GetLocation() ?? symbol.Locations[0], NameOf(symbol), $"[ComputesIn({dtype})]", reason, remedy) : null;
    }

    /// <summary>What is wrong with the lists that options give to some files.</summary>
    public static IEnumerable<Diagnostic> OfOptions(ConfiguredList list, Compilation compilation)
    {
        var names = new ListedNames(compilation);
        foreach (var (name, member) in list.Entries)
        {
            if (FaultOf(name, member, list, names) is var (reason, remedy))
            {
                yield return Create(Location.None, name.Text, member.List, reason, remedy);
            }
        }
    }

    private static (string Reason, string Remedy)? FaultOf(DottedName name, ListedMember member, ConfiguredList list, ListedNames names)
    {
        var found = names.Find(name);
        if (found.Count == 0)
        {
            return ("is unknown", names.Nearest(name) is { } nearest ? $"write '{nearest}'" : "write the full name, Namespace.Type.Member");
        }

        if (ListedNames.OwnersOf(found) is { Count: > 1 } owners)
        {
            var all = string.Join(", ", owners.Select(static owner => $"{owner.MetadataName} in {owner.ContainingAssembly.Name}").OrderBy(static owner => owner, StringComparer.Ordinal));
            return ($"is ambiguous ({all})", "name a generic type with its number of type parameters, Type`1, or list a method of your own by [ComputesIn]");
        }

        if (list.Entries.Any(other => other.Member.Dtype != member.Dtype && other.Name.Text == name.Text))
        {
            return ("is on both lists", "leave it out of one of them");
        }

        if (found.Select(OperationLists.OfAttribute).FirstOrDefault(other => other is not null && other.Dtype != member.Dtype) is { } marked)
        {
            return ($"is {marked.List} in source", "leave it out of the list, or change the attribute");
        }

        // Overloads without tensors are no matter of the list.
        var faults = found.Select(FaultOf).ToArray();
        return faults.All(static fault => fault is not null) ? faults[0] : null;
    }

    /// <summary>Why a member cannot be on a list.</summary>
    private static (string Reason, string Remedy)? FaultOf(ISymbol symbol) => symbol switch
    {
        IMethodSymbol method when OperationLists.IsModuleCall(method) => ("is a module's forward, which is called by other names too", ListTheClass),
        IMethodSymbol method => ListedMethods.FaultOf(method),
        INamedTypeSymbol type when type.FindGenericModule() is null => ("is a type that is no module", "list its methods"),
        INamedTypeSymbol type when type.IsOrInheritsAnnotated() => ("has an annotation, which decides what it computes in", "remove one of the two"),
        INamedTypeSymbol type when !type.IsNameable() && type.TypeParameters.IsEmpty && type.IsFileLocal => ("is local to its file", "make it internal"),
        INamedTypeSymbol => null,
        IPropertySymbol => ("is a property, whose uses cannot be replaced", "make it a method"),
        _ => ("is no method and no module", "list a method"),
    };

    private static string NameOf(ISymbol symbol) => symbol switch
    {
        IMethodSymbol { AssociatedSymbol: { } property } => NameOf(property),
        IMethodSymbol { MethodKind: MethodKind.LambdaMethod or MethodKind.AnonymousFunction } => "a lambda",
        IMethodSymbol { MethodKind: MethodKind.Constructor, ContainingType.Name: var type } => $"{type}.{type}",
        INamedTypeSymbol or { ContainingType: null } => symbol.Name,
        _ => $"{symbol.ContainingType.Name}.{symbol.Name}",
    };

    private static Diagnostic Create(Location location, params object[] arguments) => Diagnostic.Create(Rule, location, arguments);
}
