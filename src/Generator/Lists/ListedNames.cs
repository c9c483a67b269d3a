using Microsoft.CodeAnalysis;
using Precision.Generator.Operations;

namespace Precision.Generator.Lists;

/// <summary>Finds what the names in a list stand for, and the nearest name of what exists.</summary>
internal sealed class ListedNames(Compilation compilation)
{
    /// <summary>Every symbol of a name: overloads, and types of the same name in several assemblies or with other type parameters.</summary>
    public IReadOnlyList<ISymbol> Find(DottedName name) => [.. Inside([.. name.Before]).SelectMany(outer => Members(outer, name.Last))];

    /// <summary>The types that have members of a name: more than one, and the name is ambiguous.</summary>
    public static IReadOnlyList<ISymbol> OwnersOf(IEnumerable<ISymbol> symbols)
        => [.. symbols.Select(static symbol => symbol is INamedTypeSymbol type ? type : (ISymbol)symbol.ContainingType).Distinct(SymbolEqualityComparer.Default)];

    /// <summary>The nearest name of something that exists; null where none is near.</summary>
    public string? Nearest(DottedName name)
    {
        string[] parts = [.. name.Before, name.Last];
        foreach (var space in new[] { "TorchSharp", "TorchSharp.Modules", "TorchSharp.torch", "TorchSharp.torch.nn" })
        {
            if (Find(new DottedName($"{space}.{name.Text}")).Count > 0)
            {
                return $"{space}.{name.Text}";
            }
        }

        // The first part that leads nowhere is the misspelt one, or something is missing there.
        for (var i = 0; i < parts.Length; i++)
        {
            var outer = Inside([.. parts.Take(i)]);
            if (outer.SelectMany(scope => Members(scope, parts[i])).Any())
            {
                continue;
            }

            var candidates = outer.SelectMany(static scope => scope.GetMembers())
                .Where(static member => member.CanBeReferencedByName && member.DeclaredAccessibility is not Accessibility.Private)
                .Select(static member => member.Name)
                .Distinct(StringComparer.Ordinal)
                .Select(candidate => string.Join(".", parts.Take(i).Append(candidate).Concat(parts.Skip(i + 1))))
                .Where(candidate => Distance(candidate, name.Text) <= Math.Max(2, parts[i].Length / 3) && Find(new DottedName(candidate)).Count > 0)
                .OrderBy(candidate => Distance(candidate, name.Text))
                .ThenBy(static candidate => candidate, StringComparer.Ordinal);
            return candidates.FirstOrDefault() ?? InTable(name);
        }

        return InTable(name);
    }

    /// <summary>A member of TorchSharp of the same last name, elsewhere.</summary>
    private string? InTable(DottedName name)
        => OperationTable.All
            .Select(static row => row.Type.Replace('+', '.') + (row.Member == OperationTable.Forward ? "" : "." + row.Member))
            .Where(full => full.EndsWith("." + name.Last, StringComparison.Ordinal) && Find(new DottedName(full)).Count > 0)
            .OrderBy(full => Distance(full, name.Text))
            .ThenBy(static full => full, StringComparer.Ordinal)
            .FirstOrDefault();

    private INamespaceOrTypeSymbol[] Inside(string[] parts)
        => parts.Aggregate(
            new INamespaceOrTypeSymbol[] { compilation.GlobalNamespace },
            static (outer, part) => [.. outer.SelectMany(scope => Members(scope, part)).OfType<INamespaceOrTypeSymbol>()]);

    /// <summary>The members of a name. A type's constructors have its own.</summary>
    private static IEnumerable<ISymbol> Members(INamespaceOrTypeSymbol outer, string name)
    {
        var tick = name.IndexOf('`');
        var members = outer.GetMembers(tick < 0 ? name : name[..tick]).Where(member => DottedName.IsOne(name, member));
        return outer is INamedTypeSymbol type && type.Name == name ? members.Concat(type.InstanceConstructors) : members;
    }

    /// <summary>How many characters must be put in, taken out or changed to make one text of another.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var (diagonal, _) = (row[0], row[0] = i);
            for (var j = 1; j <= right.Length; j++)
            {
                var changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
