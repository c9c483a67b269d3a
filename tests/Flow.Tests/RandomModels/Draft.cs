using System.Text;

namespace Precision.Flow.Tests.RandomModels;

/// <summary>Source text that grows line by line, and the choices that are made for it.</summary>
internal sealed class Draft(Random random)
{
    private readonly StringBuilder text = new();
    private int names;

    /// <summary>The text so far.</summary>
    public override string ToString() => text.ToString();

    /// <summary>A number below a limit.</summary>
    public int Choose(int count) => random.Next(count);

    /// <summary>Whether something happens that happens once in a number of times.</summary>
    public bool OneIn(int times) => random.Next(times) == 0;

    /// <summary>One of several.</summary>
    public T Pick<T>(params IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>A name that nothing else has.</summary>
    public string Name(string prefix) => $"{prefix}{names++}";

    /// <summary>Adds a line.</summary>
    public void Line(int indent, string line) => text.Append(' ', indent * 4).Append(line).Append('\n');
}
