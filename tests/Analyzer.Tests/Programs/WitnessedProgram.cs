using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.Generator.Forward;
using Precision.Generator.Tests.Infrastructure;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Programs;

/// <summary>The program with every call and operator that gives a tensor wrapped in a call that writes down its dtype.</summary>
internal static class WitnessedProgram
{
    private const string Witness = """
        public static class Witness
        {
            public static readonly List<(int File, int Line, string Member, ScalarType Dtype)> Seen = [];

            public static Tensor Tells(Tensor value, int file, int line, string member)
            {
                if (value is not null)
                {
                    Seen.Add((file, line, member, value.dtype));
                }

                return value!;
            }
        }
        """;

    /// <summary>Runs <c>Models.Program</c> in a mode on the CPU, without what libtorch refuses in 16-bit.</summary>
    /// <returns>The dtypes that each line's members gave.</returns>
    public static async Task<ILookup<(int File, int Line), (string Member, ScalarType Dtype)>> Run(string[] sources)
    {
        var compilation = (await RuleCompilation.Create(sources)).Original;
        var witnessed = compilation;
        foreach (var (tree, file) in compilation.SyntaxTrees.Select(static (tree, file) => (tree, file)))
        {
            var root = new Wrapper(compilation.GetSemanticModel(tree), file).Visit(await tree.GetRootAsync());
            witnessed = witnessed.ReplaceSyntaxTree(tree, CSharpSyntaxTree.Create((CSharpSyntaxNode)root, RuleCompilation.ParseOptions, tree.FilePath, tree.Encoding));
        }

        witnessed = witnessed.AddSyntaxTrees(CSharpSyntaxTree.ParseText(TestReferences.Usings + Witness, RuleCompilation.ParseOptions));
        CSharpGeneratorDriver.Create([new MixedPrecisionGenerator().AsSourceGenerator()], parseOptions: RuleCompilation.ParseOptions)
            .RunGeneratorsAndUpdateCompilation(witnessed, out witnessed, out _);
        return Execute(TestCompilation.Load(witnessed));
    }

    private static ILookup<(int File, int Line), (string Member, ScalarType Dtype)> Execute(Assembly assembly)
    {
        using var scope = NewDisposeScope();
        assembly.GetType("Models.Program")!.GetMethod("Run")!.Invoke(null, [(Action<nn.Module>)Convert, false]);
        return ((List<(int File, int Line, string Member, ScalarType Dtype)>)assembly.GetType("Witness")!.GetField("Seen")!.GetValue(null)!)
            .ToLookup(static seen => (seen.File, seen.Line), static seen => (seen.Member, seen.Dtype));
    }

    private static void Convert(nn.Module model) => ((IMixedPrecisionModule)model).CreateMasterWeights();

    private sealed class Wrapper(SemanticModel model, int file) : CSharpSyntaxRewriter
    {
        public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node)
            => Wrap(node, (ExpressionSyntax)base.VisitInvocationExpression(node)!);

        public override SyntaxNode? VisitBinaryExpression(BinaryExpressionSyntax node)
            => Wrap(node, (ExpressionSyntax)base.VisitBinaryExpression(node)!);

        private ExpressionSyntax Wrap(ExpressionSyntax original, ExpressionSyntax visited)
        {
            if (model.GetSymbolInfo(original).Symbol is not IMethodSymbol { ReturnType: { Name: "Tensor", ContainingType.Name: "torch" } } method)
            {
                return visited;
            }

            // The line that a report names: that of the member's name, or where an operator's left side starts.
            var place = original is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } ? access.Name : (SyntaxNode)original;
            var line = place.GetLocation().GetLineSpan().StartLinePosition.Line;
            var name = method.Name is "call" or "forward" ? method.ContainingType.Name : method.Name;
            return SyntaxFactory.ParseExpression($"global::Witness.Tells({visited.WithoutTrivia().ToFullString()}, {file}, {line}, \"{name}\")").WithTriviaFrom(visited);
        }
    }
}
