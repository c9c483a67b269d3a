using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Training.TrainingAnalyzer>;

namespace Precision.Analyzer.Tests.Training;

/// <summary>PRC2012.</summary>
public class RankBranchTests
{
    private static string InMethod(string body) => $$"""
        static class C
        {
            static void M(Precision.Distributed.ProcessGroup group, MixedPrecisionTraining training, Tensor x, Tensor[] batches)
            {
                {{body}}
            }
        }
        """;

    [Theory]
    [InlineData("if (group.IsFirst) {|PRC2012:training.Step()|};")]
    [InlineData("if (group.Rank == 0) { Console.WriteLine(1); {|PRC2012:training.Save(\"file\")|}; }")]
    [InlineData("if (group.Rank != 0) { } else { {|PRC2012:training.Step(1.0)|}; }")]
    [InlineData("var isFirst = group.Rank == 0; if (isFirst) {|PRC2012:group.Barrier()|};")]
    [InlineData("var rank = group.LocalRank; var isFirst = rank == 0; if (isFirst && x is not null) {|PRC2012:group.AllReduce(x)|};")]
    [InlineData("if (!group.IsFirst) return; {|PRC2012:training.Backward(x)|};")]
    [InlineData("foreach (var batch in batches) { if (group.Rank > 0) { continue; } {|PRC2012:training.Backward(batch)|}; {|PRC2012:training.Step()|}; }")]
    [InlineData("while (true) { if (group.IsFirst) break; {|PRC2012:group.Barrier()|}; }")]
    [InlineData("_ = group.IsFirst && {|PRC2012:training.Step()|}.Applied;")]
    [InlineData("var done = group.IsFirst ? {|PRC2012:training.Step()|} : null;")]
    [InlineData("switch (group.Rank) { case 0: {|PRC2012:group.Broadcast(x)|}; break; default: break; }")]
    [InlineData("_ = group.Rank switch { 0 => {|PRC2012:training.Step()|}, _ => null };")]
    [InlineData("if (group.IsFirst) { foreach (var batch in batches) { if (batch is not null) {|PRC2012:training.Step()|}; } }")]
    [InlineData("if (group.IsFirst) {|PRC2012:training.SaveAsync(\"file\")|}.Wait();")]
    public Task What_some_ranks_do_alone_is_reported(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("training.Step(); if (group.IsFirst) Console.WriteLine(1);")]
    [InlineData("if (group.WorldSize > 1) group.Barrier();")]
    [InlineData("for (var i = 0; i < batches.Length; i++) { if (i % group.WorldSize != group.Rank) continue; training.Backward(batches[i]); training.Step(); }")]
    [InlineData("var share = batches.Length / group.WorldSize; var begin = group.Rank * share; if (begin < batches.Length) training.Backward(batches[begin]);")]
    [InlineData("if (group.IsFirst) { Console.WriteLine(1); training.Step(1.0); } else { training.Step(); }")]
    [InlineData("if (group.IsFirst) { training.Save(\"a\"); return; } training.Save(\"b\");")]
    [InlineData("if (group.Rank == 99) throw new InvalidOperationException(); training.Step();")]
    [InlineData("if (training.Step().Applied) Console.WriteLine(group.Rank);")]
    [InlineData("if (training.Steps > 5) training.Step();")]
    [InlineData("if (group.IsFirst) { Action later = () => training.Step(); later(); }")]
    [InlineData("if (group.IsFirst) training.Load(\"file\");")] // reads a file, and nobody else's
    [InlineData("if (group.IsFirst) _ = training.Gradients();")]
    [InlineData("var rank = 0; if (rank == 0) training.Step();")]
    [InlineData("switch (group.Rank) { case 0: training.Step(); break; default: training.Step(); break; }")]
    [InlineData("if (group.IsFirst) Step(); void Step() { }")]
    [InlineData("foreach (var batch in batches) { if (group.IsFirst) { Console.WriteLine(1); } training.Step(); }")]
    public Task What_all_ranks_do_is_not(string body) => Rule.Verify(InMethod(body));

    [Fact]
    public Task The_message_quotes_the_condition()
        => Rule.Verify(
            InMethod("if ({|#1:!group.IsFirst|}) return; {|#0:training.Step()|};"),
            static test => test.ExpectedDiagnostics.Add(new DiagnosticResult("PRC2012", DiagnosticSeverity.Warning)
                .WithLocation(0)
                .WithLocation(1)
                .WithMessage("'MixedPrecisionTraining.Step' runs only on the ranks for which 'not (!group.IsFirst)' holds, and the others wait for "
                    + "them: call it on every rank")));
}
