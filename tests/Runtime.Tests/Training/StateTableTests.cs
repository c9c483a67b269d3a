using System.Reflection;
using Precision.Analyzer.Tests.Documentation;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Training;

/// <summary>Each cell of the table of states holds, in every storage and in every way that leads to a state.</summary>
public class StateTableTests
{
    private const string Page = "docs/master-weights.md", Begin = "<!-- states -->\n", End = "<!-- end of states -->\n";

    public static TheoryData<string, Dtype, Dtype, bool> Cases
    {
        get
        {
            var data = new TheoryData<string, Dtype, Dtype, bool>();
            foreach (var row in StateTable.Rows)
            {
                foreach (var (compute, parameters) in new[]
                {
                    (Dtype.Float32, Dtype.Float32), (Dtype.BFloat16, Dtype.Float32), (Dtype.BFloat16, Dtype.BFloat16),
                    (Dtype.Float16, Dtype.Float32), (Dtype.Float16, Dtype.Float16),
                })
                {
                    foreach (var fused in new[] { true, false })
                    {
                        if ((row.Fused ?? fused) == fused && (row.Parameters16Bit ?? parameters is not Dtype.Float32) == parameters is not Dtype.Float32)
                        {
                            data.Add(row.Call, compute, parameters, fused);
                        }
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_call_does_what_the_table_says(string call, Dtype compute, Dtype parameters, bool fused)
    {
        var row = StateTable.Rows.Single(row => row.Call == call);
        Check(row.None, static _ => { });
        Check(row.Pending, static lines => lines.Backward(StateTable.PendingGradient));
        Check(row.Pending, static lines => { lines.Backward(0.5f); lines.Backward(1.5f); });
        Check(row.Pending, static lines => { lines.Backward(StateTable.PendingGradient); lines.Training.Gradients(); });
        Check(row.Pending, static lines => { lines.Backward(1); lines.Training.Gradients(); lines.Backward(1); });
        Check(row.Stepped, static lines => { lines.Backward(StateTable.PendingGradient); lines.Training.Step(); });
        Check(row.Pending, static lines => { lines.Backward(StateTable.PendingGradient); lines.Training.MasterWeights.CopyGradients(); });
        Check(row.Pending, static lines => { lines.Backward(1); lines.Training.MasterWeights.CopyGradients(); lines.Backward(1); });

        void Check(StateTable.Outcome expected, Action<Lines> prepare)
        {
            using var scope = NewDisposeScope();
            using var lines = new Lines(compute, parameters, fused);
            prepare(lines);
            var before = expected.IsEnd ? 0 : lines.A;
            if (expected.Error is null)
            {
                row.Make(lines);
            }
            else
            {
                Assert.Contains(expected.Error, Assert.Throws<InvalidOperationException>(() => row.Make(lines)).Message);
            }

            expected.After?.Invoke(lines);
            if (expected.IsEnd)
            {
                AssertEveryCallThrows(lines);
                return;
            }

            Assert.Equal(before - expected.Moves, lines.A, 1e-6);
            before = lines.A;
            if (expected.Steps is { } steps)
            {
                Assert.True(lines.Training.Step().Applied);
                Assert.Equal(before - steps, lines.A, 1e-6);
                Assert.Equal(lines.A, lines.B);
            }
            else
            {
                Assert.Contains(expected.StepError, Assert.Throws<InvalidOperationException>(() => lines.Training.Step()).Message);
                Assert.Equal(before, lines.A);
            }

            if (expected.NeedsCopy)
            {
                lines.Training.MasterWeights.CopyFromModel();
                lines.Training.zero_grad();
                Assert.Equal(10, lines.A);
            }

            // Whatever was called: the training goes on.
            before = lines.A;
            lines.Backward();
            Assert.True(lines.Training.Step().Applied);
            Assert.Equal(before - 1, lines.A);
        }
    }

    [Fact]
    public void Every_method_of_a_training_is_in_the_table()
    {
        var methods = typeof(MixedPrecisionTraining).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Concat(typeof(Precision.MasterWeights).GetMethods().Where(static method => method.Name.StartsWith("Copy", StringComparison.Ordinal)))
            .Where(static method => !method.IsSpecialName);
        Assert.All(methods, static method => Assert.Contains(
            StateTable.Rows, row => row.Call.Contains(method.Name.Replace("Async", "", StringComparison.Ordinal) + "(", StringComparison.Ordinal)));
    }

    private static void AssertEveryCallThrows(Lines lines)
    {
        var training = lines.Training;
        foreach (var call in new Action[]
        {
            () => lines.Backward(), () => training.Step(), () => training.Gradients(), training.zero_grad, () => training.FindNonFinite(),
            () => training.Save(Stream.Null), () => training.Load(Stream.Null), () => training.MasterWeights.CopyGradients(),
            () => training.MasterWeights.CopyFromModel(), () => training.MasterWeights.CopyToModel(),
        })
        {
            Assert.Throws<ObjectDisposedException>(call);
        }
    }

    [SkippableFact]
    public void The_documentation_shows_the_table()
    {
        Skip.IfNot(Repository.IsHere, "The repository is not on this machine.");
        var text = File.ReadAllText(Repository.PathOf(Page));
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(begin >= Begin.Length && end >= begin);
        Repository.AssertUpToDate(Page, text[..begin] + StateTable.Markdown() + text[end..]);
    }
}
