using System.Text;
using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>
/// What each module of a model runs in, read from the modules themselves: for models whose source another assembly has, of which
/// the plan of the build (<c>EmitPrecisionPlan</c>) sees nothing. What a forward does between its modules does not show here.
/// </summary>
/// <example><code>
/// Console.WriteLine(PrecisionPlan.Of(model));
/// </code></example>
public sealed class PrecisionPlan
{
    private PrecisionPlan(IReadOnlyList<PrecisionPlanRow> rows) => Rows = rows;

    /// <summary>One row a module: the model first, each module before those in it.</summary>
    public IReadOnlyList<PrecisionPlanRow> Rows { get; }

    /// <summary>Reads a model. Nothing is run or changed: dtypes of parameters are those that <c>CreateMasterWeights</c> would store.</summary>
    /// <param name="model">The model, in which annotated classes may be anywhere.</param>
    /// <exception cref="InvalidOperationException">A class is annotated and was compiled without the generator.</exception>
    public static PrecisionPlan Of(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        GeneratedCode.RequireInside(model);
        return new PrecisionPlan(PlannedModules.Read(model));
    }

    /// <summary>The plan as a Markdown table.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("| module | class | CUDA | CPU | why | parameters | stored so because of |\n|---|---|---|---|---|---|---|\n");
        foreach (var row in Rows)
        {
            text.Append(
                $"| {(row.Path.Length == 0 ? "(model)" : row.Path)} | `{row.Module}` | {row.Cuda} | {row.Cpu} | {row.Why} | {row.Parameters} | {row.Storage} |\n");
        }

        return text.ToString();
    }
}
