using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Roslyn;

/// <summary>Names of attributes by their stem: without what qualifies them and without the suffix, which C# lets a program leave out.</summary>
internal static class AttributeNames
{
    private const string Suffix = "Attribute";

    /// <summary>The stem of a name as it stands in source.</summary>
    public static string Stem(this NameSyntax name)
    {
        var unqualified = name switch
        {
            QualifiedNameSyntax qualified => qualified.Right,
            AliasQualifiedNameSyntax qualified => qualified.Name,
            _ => (SimpleNameSyntax)name,
        };
        return Stem(unqualified.Identifier.ValueText);
    }

    /// <summary>The stem of a name. Of a name that ends in several suffixes none is left, as any of them may be left out.</summary>
    public static string Stem(string name)
    {
        while (name.EndsWith(Suffix, StringComparison.Ordinal))
        {
            name = name[..^Suffix.Length];
        }

        return name;
    }
}
