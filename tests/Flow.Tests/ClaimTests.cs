using Precision.Flow.Tests.Infrastructure;

namespace Precision.Flow.Tests;

/// <summary>
/// Expressions whose dtype is a fault of its own: positions and angles in 16-bit, and logarithms there. Behind each stands what the flow
/// has to say of it.
/// </summary>
public class ClaimTests
{
    private const string File = "Angles.cs";

    [Fact]
    public void The_flow_says_what_stands_behind_the_expression()
    {
        var lines = Truth.Program(File).Split('\n');
        var claims = Truth.Of([(File, Truth.Program(File))]).Analyse(File).ToArray();
        var told = claims.Where(static claim => claim.Expression.IsPlain).ToArray();
        Assert.Equal(lines.Count(static line => line.Contains("Witness.Tells", StringComparison.Ordinal)), told.Length);
        Assert.Equal(
            told.Select(claim => $"{claim.Expression.Text}: {lines[claim.Expression.Line - 1].Split("// ")[1].Trim()}"),
            told.Select(static claim => $"{claim.Expression.Text}: {claim.Fact.Known}"));
    }
}
