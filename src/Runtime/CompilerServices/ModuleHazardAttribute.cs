using System.ComponentModel;

namespace Precision.CompilerServices;

/// <summary>
/// What the analyzers would report in a module's own source where an annotated model holds it: the analysis of an assembly that does
/// reads it. Used by generated code only.
/// </summary>
/// <param name="module">The documentation id of the module's class, <c>T:Library.Block</c>.</param>
/// <param name="compute">What the model computes in: <see cref="Dtype.Float16"/> or <see cref="Dtype.BFloat16"/>.</param>
/// <param name="autocast">Whether the model opens a region; else it runs in true 16-bit.</param>
/// <param name="rule">The id of the rule.</param>
/// <param name="isWarning">Whether it is a warning; else information.</param>
/// <param name="file">The file's name.</param>
/// <param name="line">The line in it, from 1.</param>
/// <param name="message">What the rule says, with the operation and its dtype.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class ModuleHazardAttribute(
    string module, Dtype compute, bool autocast, string rule, bool isWarning, string file, int line, string message) : Attribute
{
    /// <summary>The documentation id of the module's class.</summary>
    public string Module => module;

    /// <summary>What the model computes in.</summary>
    public Dtype Compute => compute;

    /// <summary>Whether the model opens a region.</summary>
    public bool Autocast => autocast;

    /// <summary>The id of the rule.</summary>
    public string Rule => rule;

    /// <summary>Whether it is a warning.</summary>
    public bool IsWarning => isWarning;

    /// <summary>The file's name.</summary>
    public string File => file;

    /// <summary>The line in it, from 1.</summary>
    public int Line => line;

    /// <summary>What the rule says.</summary>
    public string Message => message;
}
