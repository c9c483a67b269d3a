using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Generation.Models;
using Precision.Generator.Generation.Symbols;

namespace Precision.Generator.Generation;

/// <summary>The work of the pipeline's steps.</summary>
public sealed partial class MixedPrecisionGenerator
{
    private static bool IsClass(SyntaxNode node, CancellationToken token) => node is ClassDeclarationSyntax;

    private static AnnotatedClass? BuildModel(GeneratorAttributeSyntaxContext context, CancellationToken token)
        => context.TargetSymbol is INamedTypeSymbol type
            ? ModelCache.GetOrBuild(context.TargetNode, type, context.SemanticModel.Compilation, token)
            : null;

    private static void WriteClass(SourceProductionContext context, AnnotatedClass model)
        => context.AddSource(model.HintName, SourceText.From(AnnotatedClassWriter.Write(model), Encoding.UTF8));
}
