using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Plan;

/// <summary>
/// Bodies as programs write them. Work that grows with the square of a body, or with its cube as it once did, would not end here;
/// recursion into what is nested would overflow the stack.
/// </summary>
public class LargeBodyTests
{
    private const int Count = 3000, Nested = 300;

    [Fact]
    public void Thousands_of_else_ifs_have_their_rows()
        => AssertRows(2 * Count, "if (n == 0) { }" + Repeat("\nelse if (n == 1) { x = layer.call(x).exp(); }"));

    [Fact]
    public void Thousands_of_branches_one_after_the_other_have_their_rows()
        => AssertRows(2 * Count, Repeat("\nif (n == 1) { x = layer.call(x).exp(); }"));

    [Fact]
    public void Thousands_of_calls_through_a_local_have_their_rows()
        => AssertRows(Count, "var held = layer;" + Repeat("\nx = held.call(x);"));

    [Fact]
    public void Thousands_of_locals_have_their_rows()
        => AssertRows(
            Count,
            string.Concat(Enumerable.Range(0, Count).Select(static i => $"\nvar held{i} = layer; x = held{i}.call(x);")));

    [Fact]
    public void Thousands_of_members_have_their_rows()
        => AssertRows(
            Count,
            string.Concat(Enumerable.Range(0, Count).Select(static i => $"\nx = layer{i}.call(x);")),
            string.Concat(Enumerable.Range(0, Count).Select(static i => $"private readonly Linear layer{i} = Linear(4, 4);\n")));

    [Fact]
    public void A_helper_of_thousands_of_returns_is_followed()
        => AssertRows(
            1,
            "x = Chosen(n).call(x);",
            "private Module<Tensor, Tensor> Chosen(int i) { if (i == 0) { return layer; }" + Repeat("\nelse if (i == 1) { return layer; }") + " return layer; }");

    [Theory]
    [InlineData(2 * Nested, "if (n == 1) { x = layer.call(x).exp();", "", "}")]
    [InlineData(2 * Nested, "try { x = layer.call(x).exp();", "", "} finally { }")]
    [InlineData(Nested, "x = layer.call(", "x", ");", "layer.call(", ")")]
    [InlineData(1, "x = (", "layer.call(x)", ");", "(", ")")]
    public void Hundreds_of_nested_levels_have_their_rows(int expected, string first, string middle, string last, string? open = null, string? close = null)
        => AssertRows(
            expected,
            first + string.Concat(Enumerable.Repeat(open ?? first, Nested - 1)) + middle + string.Concat(Enumerable.Repeat(close ?? last, Nested - 1)) + last);

    /// <summary>What is allocated is a measure of the work that is the same on every machine.</summary>
    [Theory]
    [InlineData("x = layer.call(x).exp();")]
    [InlineData("x = x.exp() + x;")]
    [InlineData("if (n == 1) { x = layer.call(x).exp(); }")]
    [InlineData("else if (n == 1) { x = layer.call(x).exp(); }", "if (n == 0) { }")]
    [InlineData("x = held.call(x).exp();", "var held = layer;")]
    public void Twice_the_body_is_twice_the_work(string part, string first = "")
    {
        Allocated(400); // what is made once in a process
        var once = Allocated(400);
        Assert.InRange(Allocated(800), 0, 2.5 * once); // less where Roslyn binds deep code on another thread

        double Allocated(int parts)
        {
            var source = Net(first + string.Concat(Enumerable.Repeat("\n" + part, parts)));
            var start = GC.GetAllocatedBytesForCurrentThread();
            Plans.Run(source);
            return GC.GetAllocatedBytesForCurrentThread() - start;
        }
    }

    private static string Repeat(string text) => string.Concat(Enumerable.Repeat(text, Count));

    private static void AssertRows(int expected, string body, string members = "")
        => Assert.Equal(expected, Plans.Rows(Net(body, members)).Length);

    private static string Net(string body, string members = "") => TestCompilation.Usings + $$"""
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
