using System.Collections.Immutable;
using Basic.Reference.Assemblies;
using BenchmarkDotNet.Attributes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward;
using Precision.Generator.Plan;
using TorchSharp;

namespace Precision.Generator.Benchmarks;

/// <summary>
/// One annotated forward with a body of a thousand parts and more: what the plan and the analyzers take beside what the compiler itself
/// needs for it (<see cref="Binding"/>). Gate: linear in the parts, and under 2 s for 3,000 else-ifs.
/// </summary>
/// <remarks>Every run gets a compilation of its own, as a build does. A stack as deep as a compiler server's binds what is nested.</remarks>
[SimpleJob(warmupCount: 3, iterationCount: 5, invocationCount: 1)]
public class LargeBodyRuns
{
    private CSharpCompilation project = null!;
    private CSharpCompilation compilation = null!;

    /// <summary>What the body consists of.</summary>
    [Params(BodyKind.ElseIfs, BodyKind.NestedIfs, BodyKind.Branches, BodyKind.Statements, BodyKind.CallsThroughLocal, BodyKind.Locals, BodyKind.Members)]
    public BodyKind Kind { get; set; }

    /// <summary>How many of them.</summary>
    [Params(1500, 3000)]
    public int Parts { get; set; }

    /// <summary>Makes the project.</summary>
    [GlobalSetup]
    public void Prepare() => project = CSharpCompilation.Create(
        "Project",
        [CSharpSyntaxTree.ParseText(Source(), new CSharpParseOptions().WithFeatures([new("InterceptorsNamespaces", "Precision.Interceptors")]), "Net.cs")],
        [
            .. Net100.References.All,
            MetadataReference.CreateFromFile(typeof(torch).Assembly.Location),
            MetadataReference.CreateFromFile(typeof(IMixedPrecisionModule).Assembly.Location),
        ],
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>A compilation that nothing has bound.</summary>
    [IterationSetup]
    public void NewCompilation()
    {
        compilation = project.Clone();
        compilation.GetDeclarationDiagnostics();
    }

    /// <summary>The compiler's own part: the body's operations and its control-flow graph.</summary>
    [Benchmark(Baseline = true)]
    public ControlFlowGraph Binding()
    {
        var tree = compilation.SyntaxTrees[0];
        var forward = tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Single();
        return ControlFlowGraph.Create((IMethodBodyOperation)compilation.GetSemanticModel(tree).GetOperation(forward)!);
    }

    /// <summary>The precision plan, with the binding that it asks for.</summary>
    [Benchmark]
    public GeneratorDriver Plan()
        => CSharpGeneratorDriver.Create([new PrecisionPlanGenerator().AsSourceGenerator()], optionsProvider: new Wanted()).RunGenerators(compilation);

    /// <summary>All analyzers, with the binding that they ask for.</summary>
    [Benchmark]
    public Task<ImmutableArray<Diagnostic>> Analyzers() => compilation
        .WithAnalyzers(AnalyzerRuns.All, new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]),
            onAnalyzerException: static (exception, _, _) => throw exception,
            concurrentAnalysis: false,
            logAnalyzerExecutionTime: false))
        .GetAnalyzerDiagnosticsAsync(CancellationToken.None);

    private string Source()
    {
        const string use = "x = layer.call(x).exp();";
        var (body, members) = Kind switch
        {
            BodyKind.ElseIfs => ("if (n == 0) { }" + Repeat($"\nelse if (n == 1) {{ {use} }}"), ""),
            BodyKind.NestedIfs => (Repeat($"if (n == 1) {{ {use}\n") + Repeat("}"), ""),
            BodyKind.Branches => (Repeat($"if (n == 1) {{ {use} }}\n"), ""),
            BodyKind.Statements => (Repeat("x = x.exp() + x;\n"), ""),
            BodyKind.CallsThroughLocal => ("Module<Tensor, Tensor> held = layer;" + Repeat("x = held.call(x);\n"), ""),
            BodyKind.Locals => (Numbered("var held#0 = layer; x = held#0.call(x);\n"), ""),
            _ => (Numbered("x = layer#0.call(x);\n"), Numbered("private readonly Linear layer#0 = Linear(4, 4);\n")),
        };
        return AnalyzedProject.Usings + $$"""
            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Net() : Module<Tensor, Tensor>("net")
            {
                private readonly Linear layer = Linear(4, 4);
                private readonly int n = 3;
                {{members}}
                private Tensor ForwardCore(Tensor x)
                {
                    {{body}}
                    return x;
                }
            }
            """;
    }

    private string Repeat(string text) => string.Concat(Enumerable.Repeat(text, Parts));

    private string Numbered(string text) => string.Concat(Enumerable.Range(0, Parts).Select(number => text.Replace("#0", $"{number}", StringComparison.Ordinal)));

    /// <summary>The options of a build that wants the plan.</summary>
    private sealed class Wanted : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Options();

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Options : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
                => (value = key == "build_property.EmitPrecisionPlan" ? "true" : null) is not null;
        }
    }
}

/// <summary>What a body consists of.</summary>
public enum BodyKind
{
    /// <summary>One if, and else-ifs.</summary>
    ElseIfs,

    /// <summary>Ifs within ifs.</summary>
    NestedIfs,

    /// <summary>Ifs one after the other.</summary>
    Branches,

    /// <summary>Statements of tensor operations.</summary>
    Statements,

    /// <summary>Calls of one module in a local variable.</summary>
    CallsThroughLocal,

    /// <summary>Local variables, each with a module that is called.</summary>
    Locals,

    /// <summary>Fields, each with a module that is called.</summary>
    Members,
}
