namespace Precision.Flow.Tests.RandomModels;

/// <summary>What a body can name besides its variables.</summary>
internal sealed class BodyMembers
{
    /// <summary>Modules: the expression that stands for each.</summary>
    public List<(string Name, ModuleForm Form, bool IsFixed)> Modules { get; } = [];

    /// <summary>Collections of modules from tensor to tensor: the expression for the number of elements where they have places.</summary>
    public List<(string Name, string? Count, bool IsFixed)> Collections { get; } = [];

    /// <summary>Calls from tensor to tensor, with <c>{0}</c> for the argument.</summary>
    public List<(string Call, bool IsFixed)> Helpers { get; } = [];

    /// <summary>Tensors that have the dtype of the weights, of 4 elements.</summary>
    public List<string> Weights { get; } = [];

    /// <summary>Embeddings.</summary>
    public List<string> Embeddings { get; } = [];

    /// <summary>C# numbers.</summary>
    public List<string> Numbers { get; } = ["2", "0.5", "2.5f", "1e-3", "3L", "Math.Sqrt(4)"];

    /// <summary>Conditions that hold in some executions.</summary>
    public List<string> Conditions { get; } = [];

    /// <summary>How often a loop may run.</summary>
    public List<string> Counts { get; } = ["2"];
}
