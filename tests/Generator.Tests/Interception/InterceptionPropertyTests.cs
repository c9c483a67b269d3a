using CsCheck;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Forward;
using Precision.Generator.Interception;
using Precision.Generator.Plan;
using Precision.Generator.Tests.Infrastructure;
using Precision.Generator.Tests.Plan;

namespace Precision.Generator.Tests.Interception;

/// <summary>What holds for whatever calls a user writes. A failure prints the seed that repeats it.</summary>
public class InterceptionPropertyTests
{
    [Fact]
    public void Whatever_compiles_as_written_compiles_with_every_call_replaced()
        => RandomCalls.Projects.Sample(
            project =>
            {
                var compilation = Compile(project);
                var run = Run(compilation);
                Assert.DoesNotContain('\r', run.Text());
                using var image = new MemoryStream();
                var result = run.Output.Emit(image);
                Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(static diagnostic => diagnostic.Severity is DiagnosticSeverity.Error)) + "\n" + Text(project) + run.Text());
                Assert.True(project.Replaced == Count(run), $"{Count(run)} instead of {project.Replaced} calls\n{Text(project)}{run.Text()}");

                // Run again on the same sources: nothing is new.
                var again = run.Next(compilation.Clone());
                Assert.All(
                    again.Result.TrackedOutputSteps.SelectMany(static step => step.Value).SelectMany(static step => step.Outputs),
                    static output => Assert.True(output.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged));

                // The order of the files changes nothing.
                Assert.Equal(run.Text(), Run(compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(compilation.SyntaxTrees.Reverse())).Text());
            },
            iter: 60);

    [Fact]
    public void Broken_code_never_makes_it_throw()
        => Gen.Select(RandomCalls.Projects, Gen.Int[0, int.MaxValue], Gen.Int[0, 40], Gen.OneOfConst("", "{", "}", "<", "(", ".call(", "softmax", "=> ", "base.", ".", "@", "?", "[FullPrecision]", "x => ", "\"", "#line 0"))
            .Sample(
                (project, position, removed, inserted) =>
                {
                    var compilation = Compile(project);
                    var run = Run(compilation);
                    var tree = compilation.SyntaxTrees[position % compilation.SyntaxTrees.Length];
                    var text = tree.GetText();
                    var start = position % text.Length;
                    var span = new TextSpan(start, Math.Min(removed, text.Length - start));

                    // GeneratorRun asserts that nothing was thrown and that CS8785 was not reported.
                    var edited = compilation.ReplaceSyntaxTree(tree, tree.WithChangedText(text.Replace(span, inserted)));
                    var broken = run.Next(edited);
                    Assert.Equal(run.Text(), broken.Next(compilation).Text());

                    // What is cached is what a run without a past gives.
                    Assert.Equal(Run(TestCompilation.Anew(edited)).Text(), broken.Text());
                },
                iter: 250);

    private static CSharpCompilation Compile(RandomCalls project)
    {
        var compilation = Interceptions.Compile();
        var options = new CSharpParseOptions(LanguageVersion.CSharp14).WithFeatures([new("InterceptorsNamespaces", "Precision.Interceptors")]);
        return compilation
            .AddSyntaxTrees(project.Sources.Select(source => CSharpSyntaxTree.ParseText(source.Text, options, source.Path)))
            .WithOptions(compilation.Options.WithAllowUnsafe(true));
    }

    /// <summary>All generators, as a build that asks for the plan runs them.</summary>
    private static GeneratorRun Run(Compilation compilation)
        => GeneratorRun.Of(compilation, [new InterceptionGenerator(), new MixedPrecisionGenerator(), new PrecisionPlanGenerator()], properties: Plans.Wanted);

    private static int Count(GeneratorRun run)
        => run.Files.Sum(static file => file.SourceText.ToString().Split("[global::System.Runtime.CompilerServices.InterceptsLocation(").Length - 1);

    private static string Text(RandomCalls project) => string.Join('\n', project.Sources.Select(static source => $"// {source.Path}\n{source.Text}"));
}
