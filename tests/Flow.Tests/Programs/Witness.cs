using System.Runtime.CompilerServices;

/// <summary>Writes down which dtype each expression has when it runs.</summary>
public static class Witness
{
    /// <summary>File, line and dtype of every tensor that was told, and the model that ran then.</summary>
    public static readonly List<(string File, int Line, string Model, ScalarType Dtype)> Seen = [];

    private static string running = "";

    /// <summary>Where the programs put their tensors.</summary>
    public static Device Device = CPU;

    /// <summary>An expression whose dtype a reader can tell.</summary>
    public static Tensor Tells(Tensor value, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        Seen.Add((file, line, running, value.dtype));
        return value;
    }

    /// <summary>An expression whose dtype a reader can tell and the flow cannot.</summary>
    public static Tensor Misses(Tensor value, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => Tells(value, file, line);

    /// <summary>An expression whose dtype depends on what no reader of the method knows.</summary>
    public static Tensor Hides(Tensor value, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        Seen.Add((file, line, running, value.dtype));
        return value;
    }

    /// <summary>
    /// Runs a model. libtorch refuses some combinations of dtypes, and a <c>Sequential</c> disposes of what a module hands on as it is: then
    /// the rest of it does not run.
    /// </summary>
    public static void Attempt(string model, Action run)
    {
        running = model;
        try
        {
            run();
        }
        catch (Exception exception) when (exception is System.Runtime.InteropServices.ExternalException or ArgumentException
            || exception.Message.StartsWith("Tensor invalid", StringComparison.Ordinal))
        {
        }

        running = "";
    }
}
