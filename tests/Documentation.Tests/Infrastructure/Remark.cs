using System.Text.RegularExpressions;

namespace Precision.Documentation.Tests.Infrastructure;

/// <summary>
/// What is said about a code block in an HTML comment on the line before it, which a reader does not see:
/// <code>
/// &lt;!-- in: training -->              compiled inside of Contexts/training.cs, at /* block */
/// &lt;!-- in: training; with above -->  together with the block of the same language that stands before it
/// &lt;!-- reports: PRC1001 -->          the analyzers report exactly these; without this: nothing
/// &lt;!-- picture: name -->             docs/images/name.svg shows it with what is reported
/// &lt;!-- not compiled: why -->         not a whole program, for the reason given
/// </code>
/// A block without a comment is compiled as it stands, with the SDK's implicit usings and nothing else.
/// </summary>
internal sealed partial record Remark(string? Context, bool WithAbove, IReadOnlyList<string> Reports, string? Picture, string? NotCompiled)
{
    public static Remark None { get; } = new(null, false, [], null, null);

    public static Remark Parse(string comment)
    {
        var content = CommentPattern().Match(comment);
        if (!content.Success)
        {
            return None;
        }

        var remark = None;
        foreach (var part in content.Groups[1].Value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            remark = part.Split(": ", 2) switch
            {
                ["in", var context] => remark with { Context = context },
                ["with above"] => remark with { WithAbove = true },
                ["reports", var ids] => remark with { Reports = ids.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
                ["picture", var name] => remark with { Picture = name },
                ["not compiled", var reason] => remark with { NotCompiled = reason },
                _ => remark,
            };
        }

        return remark;
    }

    [GeneratedRegex(@"^<!-- (.*?) -->\s*$", RegexOptions.Singleline)]
    private static partial Regex CommentPattern();
}
