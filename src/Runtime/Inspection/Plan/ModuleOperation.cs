using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>A row of the operation table that is about one of TorchSharp's modules; in the table's words (docs/operations.md).</summary>
/// <param name="Cuda">Autocast's policy on CUDA.</param>
/// <param name="Cpu">Autocast's policy on the CPU.</param>
/// <param name="Result">The result's dtype where the policy does not say it.</param>
/// <param name="IsPinned">Whether TorchSharp always names a dtype, so that the policy cannot act.</param>
internal sealed record ModuleOperation(string Cuda, string Cpu, string Result, bool IsPinned)
{
    private static readonly Lazy<Dictionary<string, ModuleOperation>> ByType = new(Read);

    /// <summary>The row of a module; null where it is none of TorchSharp's, or one without a row.</summary>
    public static ModuleOperation? Find(nn.Module module)
    {
        for (var type = module.GetType(); type is not null && type != typeof(nn.Module); type = type.BaseType)
        {
            if (type.FullName is { } name && ByType.Value.TryGetValue(name, out var operation))
            {
                return operation;
            }
        }

        return null;
    }

    // The generator's own table, embedded here too. Its first line names the columns.
    private static Dictionary<string, ModuleOperation> Read()
    {
        using var stream = typeof(ModuleOperation).Assembly.GetManifestResourceStream("operations.tsv")!;
        using var reader = new StreamReader(stream);
        var names = reader.ReadLine()!.Split('\t');
        var operations = new Dictionary<string, ModuleOperation>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            var values = line.Split('\t');
            if (values.Length == names.Length && Value("member") == "forward")
            {
                operations.Add(Value("type"), new ModuleOperation(Value("cuda"), Value("cpu"), Value("result"), Value("pinned").Length > 0));
            }

            string Value(string column) => values[Array.IndexOf(names, column)];
        }

        return operations;
    }
}
