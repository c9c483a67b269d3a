using Microsoft.CodeAnalysis.CSharp;
using Precision.Flow.Tests.Infrastructure;

namespace Precision.Flow.Tests;

/// <summary>Code that is being typed: tokens are missing or doubled. The flow says less, and never throws.</summary>
public class RobustnessTests
{
    private const int Mutants = 40;

    [Fact]
    public void Known_mutants_are_survived() => Survive(seed: 20260101);

    [Fact]
    public void New_mutants_are_survived() => Survive(Random.Shared.Next());

    private static void Survive(int seed)
    {
        var random = new Random(seed);
        var told = 0;
        for (var i = 0; i < Mutants; i++)
        {
            var name = TruthTests.Programs[random.Next(TruthTests.Programs.Length)] + ".cs";
            var text = Mutate(Truth.Program(name), random);
            try
            {
                told += Truth.Of([(name, text)]).Analyse(name).Count(told => told.Fact.Known is not Generator.Flow.Values.Dtypes.None);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}, mutant {i}:\n{text}", exception);
            }
        }

        Assert.True(told > Mutants, $"Seed {seed}: of all expressions only {told} were told");
    }

    private static string Mutate(string text, Random random)
    {
        for (var edits = random.Next(1, 6); edits > 0; edits--)
        {
            var tokens = CSharpSyntaxTree.ParseText(text).GetRoot().DescendantTokens().Where(token => token.Span.Length > 0).ToArray();
            var token = tokens[random.Next(tokens.Length)];
            text = random.Next(3) switch
            {
                0 => text.Insert(token.Span.End, " " + token.Text),
                1 => text.Insert(token.Span.End, " " + tokens[random.Next(tokens.Length)].Text),
                _ => text.Remove(token.SpanStart, token.Span.Length),
            };
        }

        return text;
    }
}
