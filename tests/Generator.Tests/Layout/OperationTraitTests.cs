using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Operations;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Layout;

/// <summary>The operation table says nothing that nobody asks for.</summary>
public class OperationTraitTests
{
    /// <summary>The traits that are named outside of the folder that defines them.</summary>
    private static readonly HashSet<string> Asked =
    [
        .. SourceFiles.Of("src/Generator")
            .Where(static file => !file.Path.StartsWith("Operations", StringComparison.Ordinal))
            .SelectMany(static file => CSharpSyntaxTree.ParseText(file.Text).GetRoot().DescendantNodes().OfType<MemberAccessExpressionSyntax>())
            .Where(static access => access.Expression is IdentifierNameSyntax { Identifier.ValueText: nameof(OperationTraits) })
            .Select(static access => access.Name.Identifier.ValueText),
    ];

    public static TheoryData<string> Traits => [.. Enum.GetNames<OperationTraits>().Where(static name => name != nameof(OperationTraits.None))];

    [Theory]
    [MemberData(nameof(Traits))]
    public void Every_trait_is_asked_for(string trait) => Assert.Contains(trait, Asked);

    [Theory]
    [MemberData(nameof(Traits))]
    public void Every_trait_is_had(string trait)
        => Assert.Contains(OperationTable.All, operation => operation.Has(Enum.Parse<OperationTraits>(trait)));
}
