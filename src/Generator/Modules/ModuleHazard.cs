namespace Precision.Generator.Modules;

/// <summary>What the analyzers would report in a module's own source where an annotated model of another assembly holds it.</summary>
/// <param name="Module">The documentation id of the module's class.</param>
/// <param name="Compute">What the model computes in: Float16 or BFloat16.</param>
/// <param name="Autocast">Whether it opens a region.</param>
/// <param name="Rule">The id of the rule.</param>
/// <param name="IsWarning">Whether it is a warning; else information.</param>
/// <param name="File">The file's name.</param>
/// <param name="Line">The line in it, from 1.</param>
/// <param name="Message">What the rule says.</param>
internal sealed record ModuleHazard(
    string Module, Dtype Compute, bool Autocast, string Rule, bool IsWarning, string File, int Line, string Message);
