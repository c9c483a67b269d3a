using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.Analyzer.Tests.Programs;
using Precision.Generator.Forward;

namespace Precision.Analyzer.Tests.Robustness;

/// <summary>
/// A program of many files while one of them is being typed: what is found follows calls and modules from file to file. No analyzer
/// throws, a file's diagnostics are those of the whole program, and threads find what one thread finds.
/// </summary>
public class ProgramEditTests
{
    private const int Edits = 6;

    private static readonly string[] Program = MarkedSource.Folder("Sources").In(Mode.Of("fp16"));

    [Fact]
    public Task Known_edits_are_survived() => Survive(seed: 20260101);

    [Fact]
    public Task New_edits_are_survived() => Survive(Random.Shared.Next());

    [Fact]
    public async Task What_is_cancelled_is_found_when_it_is_asked_for_again()
    {
        var compilation = Generate(Compile(Program));
        var expected = await Analyze(compilation, isConcurrent: false);
        Assert.NotEmpty(expected);
        var failures = new List<Exception>();
        var analyzers = With(compilation.Clone(), isConcurrent: true, failures);
        foreach (var milliseconds in new[] { 1, 20, 100 })
        {
            using var source = new CancellationTokenSource(milliseconds);
            try
            {
                await analyzers.GetAnalyzerDiagnosticsAsync(source.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }

        Assert.Equal(expected, Texts(await analyzers.GetAnalyzerDiagnosticsAsync()));
        Assert.Empty(failures);
    }

    /// <summary>Modules that hold each other, methods that call each other, and generic ones that call themselves with ever larger types.</summary>
    [Fact]
    public async Task Recursion_ends()
    {
        var compilation = await RuleCompilation.Create(TestReferences.Usings + """
            [MixedPrecision(Dtype.Float16, Parameters = Dtype.Float16, Autocast = false)]
            public sealed partial class Model() : Module<Tensor, Tensor>("model")
            {
                private readonly Node node = new(3);
                private readonly Left left = new();
                private Tensor ForwardCore(Tensor x) => node.call(left.call(Grow<int>(Even(x, 4), 2)));
                private Tensor Even(Tensor x, int n) => n == 0 ? x.softmax(-1) : Odd(x * 2, n - 1);
                private Tensor Odd(Tensor x, int n) => Even(x.@float().type_as(x), n - 1);
                private static Tensor Grow<T>(Tensor x, int n) => n == 0 ? x.softmax(-1) : Grow<List<T>>(x + 1, n - 1);
            }

            public sealed class Node : Module<Tensor, Tensor>
            {
                private readonly Node? next;
                private readonly Linear layer = Linear(4, 4);
                public Node(int depth) : base("node")
                {
                    next = depth > 0 ? new Node(depth - 1) : null;
                    RegisterComponents();
                }

                public override Tensor forward(Tensor x) => next is null ? layer.call(x).softmax(-1) : next.call(x.half()) + next.call(x.sum(-1, true));
            }

            public sealed class Left : Module<Tensor, Tensor>
            {
                private readonly Right right;
                public Left(Right? right = null) : base("left") => this.right = right ?? new Right(this);
                public override Tensor forward(Tensor x) => x.shape[0] > 2 ? right.call(x * 2) : x.softmax(-1);
            }

            public sealed class Right(Left left) : Module<Tensor, Tensor>("right")
            {
                private readonly Module<Tensor, Tensor> left = left;
                public override Tensor forward(Tensor x) => left.call(x.bfloat16());
            }
            """);
        Assert.Empty(compilation.CompilerErrors);
        Assert.Equal(4, compilation.Diagnostics.Count(static diagnostic => diagnostic.Id is "PRC1001"));
    }

    private static async Task Survive(int seed)
    {
        var random = new Random(seed);
        var (original, reported) = (Compile(Program), 0);
        for (var i = 0; i < Edits; i++)
        {
            var file = random.Next(Program.Length);
            var text = Edit(Program[file], random);
            try
            {
                // As in an editor: the file that changed is replaced, and what is kept by file stays.
                var edited = Generate(original.ReplaceSyntaxTree(
                    original.SyntaxTrees.ElementAt(file),
                    CSharpSyntaxTree.ParseText(text, RuleCompilation.ParseOptions, $"Source{file}.cs")));
                var found = await Analyze(edited, isConcurrent: true);
                reported += found.Length;
                string[] texts = [.. Program];
                texts[file] = text;
                Assert.Equal(await Analyze(Generate(Compile(texts)), isConcurrent: false), found);
                Assert.Equal(found.Where(report => report.StartsWith($"Source{file}.cs(", StringComparison.Ordinal)), await OfFile(edited.Clone(), file));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}, edit {i}, file {file}:\n{text}", exception);
            }
        }

        Assert.True(reported > Edits * 20, $"Seed {seed}: only {reported} reports");
    }

    /// <summary>Cuts the file, or deletes, doubles or exchanges tokens.</summary>
    private static string Edit(string text, Random random)
    {
        if (random.Next(4) == 0)
        {
            return text[..random.Next(TestReferences.Usings.Length, text.Length)];
        }

        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            var tokens = CSharpSyntaxTree.ParseText(text).GetRoot().DescendantTokens().Where(static token => token.SpanStart > TestReferences.Usings.Length && token.Span.Length > 0).ToArray();
            var (token, other) = (tokens[random.Next(tokens.Length)], tokens[random.Next(tokens.Length)]);
            text = random.Next(3) switch
            {
                0 => text.Remove(token.SpanStart, token.Span.Length),
                1 => text.Insert(token.Span.End, " " + token.Text),
                _ => text.Remove(token.SpanStart, token.Span.Length).Insert(token.SpanStart, other.Text),
            };
        }

        return text;
    }

    private static Compilation Compile(IEnumerable<string> sources) => CSharpCompilation.Create(
        "Tested",
        sources.Select(static (source, index) => CSharpSyntaxTree.ParseText(source, RuleCompilation.ParseOptions, $"Source{index}.cs")),
        TestReferences.All,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    private static Compilation Generate(Compilation compilation)
    {
        CSharpGeneratorDriver.Create([new MixedPrecisionGenerator().AsSourceGenerator()], parseOptions: RuleCompilation.ParseOptions)
            .RunGeneratorsAndUpdateCompilation(compilation, out var generated, out var diagnostics);
        Assert.Empty(diagnostics);
        return generated;
    }

    private static async Task<string[]> Analyze(Compilation compilation, bool isConcurrent)
    {
        var failures = new List<Exception>();
        var diagnostics = await With(compilation, isConcurrent, failures).GetAnalyzerDiagnosticsAsync();
        return failures.Count == 0 ? Texts(diagnostics) : throw new AggregateException(failures);
    }

    /// <summary>What an editor shows in the open file.</summary>
    private static async Task<string[]> OfFile(Compilation compilation, int file)
    {
        var model = compilation.GetSemanticModel(compilation.SyntaxTrees.ElementAt(file));
        var failures = new List<Exception>();
        var diagnostics = await With(compilation, isConcurrent: true, failures).GetAnalyzerSemanticDiagnosticsAsync(model, filterSpan: null, default);
        return failures.Count == 0 ? Texts(diagnostics) : throw new AggregateException(failures);
    }

    private static string[] Texts(IEnumerable<Diagnostic> diagnostics)
        => [.. diagnostics.Select(static diagnostic => diagnostic.ToString()).Order(StringComparer.Ordinal)];

    private static CompilationWithAnalyzers With(Compilation compilation, bool isConcurrent, List<Exception> failures)
        => compilation.WithAnalyzers(RuleCompilation.Analyzers, new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]),
            (exception, _, _) => failures.Add(exception),
            isConcurrent,
            logAnalyzerExecutionTime: false));
}
