using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>Walks through a model's modules with what is around each: region, true 16-bit, float32, nothing.</summary>
internal sealed class PlannedModules
{
    private readonly List<PrecisionPlanRow> rows = [];
    private readonly ILookup<string, StoredTensor<TorchSharp.Modules.Parameter>> stored;
    private readonly Device device;

    private PlannedModules(nn.Module model)
    {
        var plan = StoragePlan.Of(model);
        device = plan.Parameters.FirstOrDefault()?.Tensor.device ?? CPU;
        stored = plan.Parameters.ToLookup(static parameter => ParentOf(parameter.Name));
    }

    /// <summary>The rows of a model.</summary>
    public static IReadOnlyList<PrecisionPlanRow> Read(nn.Module model)
    {
        var modules = new PlannedModules(model);
        modules.Visit(model, "", Around.Nothing, isMarked: false);
        return modules.rows;
    }

    private static string ParentOf(string parameter) => parameter.LastIndexOf('.') is var dot and > 0 ? parameter[..dot] : "";

    private void Visit(nn.Module module, string path, Around outside, bool isMarked)
    {
        var inside = Inside(module, outside, isMarked);
        Add(module, path, inside, inside == outside ? null : Describe(module, inside));
        var marked = MarkedMembers.Of(module.GetType());
        foreach (var (name, child) in module.named_children())
        {
            Visit(child, path.Length == 0 ? name : $"{path}.{name}", inside, isMarked: marked.Contains(name));
        }
    }

    private Around Inside(nn.Module module, Around outside, bool isMarked)
    {
        if (isMarked || StorageContext.Float32Attribute(module.GetType()) is not null)
        {
            return new Around(Mode.FullPrecision, nameof(Dtype.Float32));
        }

        if (module is not IMixedPrecisionModule { PrecisionPolicy: var policy } || outside.Mode is Mode.FullPrecision)
        {
            return outside;
        }

        var compute = policy.Compute is Dtype.Auto ? DtypeResolver.Resolve(device).Dtype : policy.Compute;
        return compute is Dtype.Float32 ? new Around(Mode.FullPrecision, nameof(Dtype.Float32))
            : new Around(policy.Autocast ? Mode.Region : Mode.True16Bit, compute.ToString());
    }

    private static string Describe(nn.Module module, Around inside) => inside.Mode switch
    {
        Mode.Region => $"opens a region in {inside.Compute}",
        Mode.True16Bit => $"no region, floating inputs cast to {inside.Compute}",
        _ => module is IMixedPrecisionModule ? "computes in Float32"
            : $"[{StorageContext.Float32Attribute(module.GetType()) ?? "FullPrecision"}]: autocast off, 16-bit inputs cast to Float32",
    };

    private void Add(nn.Module module, string path, Around around, string? opens)
    {
        var parameters = stored[path].ToList();
        var operation = ModuleOperation.Find(module);
        var (cuda, cpu, why) = operation is null
            ? ("", "", opens ?? (module.GetType().Assembly == typeof(torch).Assembly ? "its modules decide" : "its own code decides"))
            : (Dtype(operation.Cuda), Dtype(operation.Cpu), opens is null ? Why(operation, around) : $"{opens}; {Why(operation, around)}");
        rows.Add(new PrecisionPlanRow(
            path,
            NameOf(module.GetType()),
            cuda,
            cpu,
            why,
            string.Join(", ", parameters.Select(static parameter => parameter.Dtype.ToString()).Distinct()),
            string.Join("; ", parameters.Select(static parameter => parameter.Reason).Distinct())));

        string Dtype(string policy) => around.Mode switch
        {
            Mode.Nothing => AsGiven(operation),
            Mode.Region => Listed(policy, around.Compute, operation) ?? AsGiven(operation),
            _ => operation.Result is "input" or "promoted" or "weight" ? around.Compute : AsGiven(operation),
        };
    }

    private static string? Listed(string policy, string compute, ModuleOperation operation) => policy switch
    {
        _ when operation.IsPinned => null,
        "lower-precision" => compute,
        "float32" or "float32-default-dtype" or "float32-append-dtype" => nameof(Dtype.Float32),
        "float16" => nameof(Dtype.Float16),
        "promote" or "composite" => "promoted",
        "banned" => "throws",
        _ => null,
    };

    private static string AsGiven(ModuleOperation operation) => operation.Result switch
    {
        "promoted" => "promoted",
        "weight" => "as its weight",
        "bool" => nameof(ScalarType.Bool),
        "int64" => nameof(ScalarType.Int64),
        "float64" => nameof(ScalarType.Float64),
        _ => "as given",
    };

    private static string Why(ModuleOperation operation, Around around) => around.Mode switch
    {
        Mode.Nothing => "no annotated class around it",
        Mode.FullPrecision => "autocast off",
        Mode.True16Bit => "no region",
        _ when operation.IsPinned => "TorchSharp names the input's dtype, unless the compiler replaced the call",
        _ => operation.Cuda == operation.Cpu ? List(operation.Cuda) : $"CUDA: {List(operation.Cuda)}; CPU: {List(operation.Cpu)}",
    };

    private static string List(string policy) => policy switch
    {
        "lower-precision" => "lower-precision list",
        "float32" or "float32-append-dtype" or "float32-default-dtype" => "float32 list",
        "promote" => "promote list",
        "banned" => "banned in a region",
        "composite" => "several operations",
        "float16" => "cuDNN's cast",
        _ => policy,
    };

    private static string NameOf(Type type)
        => type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : type.Name;

    private enum Mode
    {
        Nothing,
        Region,
        True16Bit,
        FullPrecision,
    }

    private readonly record struct Around(Mode Mode, string Compute)
    {
        public static Around Nothing { get; } = new(Mode.Nothing, "");
    }
}
