using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.CodeFixes.Numerics;

/// <summary>Spells TorchSharp's names as the place allows: by <c>using static</c>, by an alias, or in full.</summary>
internal static class TorchNames
{
    /// <summary><c>ScalarType.Float32</c>.</summary>
    public static ExpressionSyntax Float32(SemanticModel model, int position) => ScalarType(model, position, "Float32");

    /// <summary>A member of <c>ScalarType</c>.</summary>
    public static ExpressionSyntax ScalarType(SemanticModel model, int position, string member)
        => SyntaxFactory.ParseExpression($"{TypeName(model, position, "TorchSharp.torch+ScalarType") ?? "ScalarType"}.{member}");

    /// <summary><c>torch.finfo(dtype).limit</c>, where its functions are imported without <c>torch</c>.</summary>
    public static ExpressionSyntax Limit(SemanticModel model, int position, ExpressionSyntax dtype, string limit)
    {
        var isImported = model.LookupSymbols(position, name: "finfo").Any(static symbol => symbol is IMethodSymbol { ContainingType.Name: "torch" });
        var owner = isImported ? "" : (TypeName(model, position, "TorchSharp.torch") ?? "torch") + ".";
        return SyntaxFactory.ParseExpression($"{owner}finfo({dtype}).{limit}");
    }

    private static string? TypeName(SemanticModel model, int position, string metadataName)
        => model.Compilation.GetTypeByMetadataName(metadataName)?.ToMinimalDisplayString(model, position);
}
