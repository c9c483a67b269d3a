using System.Text;

namespace Precision.Generator.Roslyn;

/// <summary>Writes indented source text with \n line ends, whatever the machine.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder text = new();
    private int indentation;

    public void Line(string line = "")
    {
        if (line.Length > 0)
        {
            text.Append(' ', indentation * 4).Append(line);
        }

        text.Append('\n');
    }

    public void OpenBlock()
    {
        Line("{");
        indentation++;
    }

    public void CloseBlock()
    {
        indentation--;
        Line("}");
    }

    public override string ToString() => text.ToString();
}
