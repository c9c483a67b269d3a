using CsCheck;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Forward;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Forward;

/// <summary>What holds for whatever a user writes. A failure prints the seed that repeats it.</summary>
public class PropertyTests
{
    [Fact]
    public void Whatever_compiles_without_the_attribute_compiles_with_what_is_generated()
        => RandomClasses.Sources.Sample(
            sources =>
            {
                var compilation = TestCompilation.Create(sources, languageVersion: LanguageVersion.CSharp14);
                compilation = compilation.WithOptions(compilation.Options.WithAllowUnsafe(true));
                var run = GeneratorRun.Of(compilation);
                var file = Assert.Single(run.Files);
                Assert.DoesNotContain('\r', file.SourceText.ToString());
                var errors = run.Output.GetDiagnostics().Where(diagnostic => diagnostic.Severity is DiagnosticSeverity.Error);
                Assert.True(!errors.Any(), string.Join('\n', errors) + "\n" + string.Join('\n', sources) + "\n" + run.Text());

                // Run again on the same sources: nothing is new.
                var again = run.Next(compilation.Clone());
                Assert.All(
                    again.Result.TrackedSteps[TrackingNames.Classes].SelectMany(step => step.Outputs),
                    output => Assert.True(output.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged));

                // The order of the files changes nothing.
                Assert.Equal(run.Text(), GeneratorRun.Of(compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(compilation.SyntaxTrees.Reverse())).Text());
            },
            iter: 150);

    [Fact]
    public void Broken_code_never_makes_it_throw()
        => Gen.Select(RandomClasses.Sources, Gen.Int[0, int.MaxValue], Gen.Int[0, 40], Gen.OneOfConst("", "{", "}", "<", "(", "partial", "Tensor", "[MixedPrecision(", "=> ", "class", ".", "@"))
            .Sample(
                (sources, position, removed, inserted) =>
                {
                    var compilation = TestCompilation.Create(sources, languageVersion: LanguageVersion.CSharp14);
                    var run = GeneratorRun.Of(compilation);
                    var tree = compilation.SyntaxTrees[position % compilation.SyntaxTrees.Length];
                    var text = tree.GetText();
                    var start = position % text.Length;
                    var span = new TextSpan(start, Math.Min(removed, text.Length - start));

                    // GeneratorRun asserts that nothing was thrown and that CS8785 was not reported.
                    var edited = compilation.ReplaceSyntaxTree(tree, tree.WithChangedText(text.Replace(span, inserted)));
                    var broken = run.Next(edited);
                    Assert.Equal(run.Text(), broken.Next(compilation).Text());

                    // What is cached is what a run without a past gives.
                    Assert.Equal(GeneratorRun.Of(TestCompilation.Anew(edited)).Text(), broken.Text());
                },
                iter: 400);
}
