using Microsoft.CodeAnalysis;

namespace Precision.Generator.Plan;

/// <summary>Binds the source of one compilation, each file once.</summary>
internal sealed class SourceModels(Compilation compilation, CancellationToken token)
{
    private readonly Dictionary<SyntaxTree, SemanticModel> models = [];

    public CancellationToken Token => token;

    /// <summary>The operation of a piece of syntax; null where there is none.</summary>
    public IOperation? OperationOf(SyntaxNode? syntax)
    {
        if (syntax is null)
        {
            return null;
        }

        if (!models.TryGetValue(syntax.SyntaxTree, out var model))
        {
            models.Add(syntax.SyntaxTree, model = compilation.GetSemanticModel(syntax.SyntaxTree));
        }

        return model.GetOperation(syntax, token);
    }

    /// <summary>What a method runs; null where it has no body in this compilation.</summary>
    public IOperation? BodyOf(IMethodSymbol method)
        => (method.PartialImplementationPart ?? method).DeclaringSyntaxReferences is [var reference, ..]
            ? OperationOf(reference.GetSyntax(token))
            : null;
}
