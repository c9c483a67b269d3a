using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward;

/// <summary>
/// The statements that enter a forward's region, call the user's code with its inputs cast, and hand its results on. The generated
/// forward consists of them, and so does an interceptor for a member marked <c>[FullPrecision]</c> or for what is on a list of operations. Locals have explicit types:
/// <c>var</c> is no keyword, and would mean a type of that name in the user's code.
/// </summary>
internal static class ForwardBody
{
    private const string Void = "void";

    /// <summary>Writes the statements.</summary>
    /// <param name="enter">The method that enters the region.</param>
    /// <param name="module">The module whose forward or method it is; <c>null</c> where it is none's.</param>
    /// <param name="parameters">The inputs.</param>
    /// <param name="result">The result's type in source, and where its tensors sit.</param>
    /// <param name="output">The region's method for results.</param>
    /// <param name="names">The names that are taken.</param>
    /// <param name="call">The call of the user's code with the arguments given.</param>
    public static IEnumerable<string> Write(
        string enter,
        string module,
        EquatableArray<ForwardParameter> parameters,
        (string Type, ValueShape Shape) result,
        string output,
        LocalNames names,
        Func<IReadOnlyList<string>, string> call)
    {
        var (region, functions) = (names.Unique("region"), new ForwardFunctions(names));
        var device = parameters.Aggregate(
            ForwardFunctions.CompilerServices + "ForwardDevice.None",
            (before, parameter) => functions.Device(before, parameter.Name, parameter.Shape));
        var lines = new List<string>
        {
            $"using {ForwardFunctions.CompilerServices}ForwardRegion {region} = {ForwardFunctions.CompilerServices}ForwardRegion.{enter}(",
            $"    {module},",
            $"    {device});",
        };
        // A method without a result keeps what it is given, or changes it.
        if (result.Type == Void || result.Shape.IsPartlyOutOfReach || parameters.Any(static parameter => parameter.Shape.IsPartlyOutOfReach))
        {
            lines.Add($"{region}.LeaveTensors();");
        }

        lines.AddRange(parameters
            .Where(static parameter => parameter.Shape.IsComposite)
            .Select(parameter => functions.Cast("Input", region, parameter.Name, parameter.Shape) + ";"));
        var called = call([.. parameters.Select(parameter => Leaf("Input", region, parameter.Name, parameter.Shape))]);
        if (result.Type == Void)
        {
            lines.Add(called + ";");
        }
        else if (result.Shape.IsComposite)
        {
            var local = names.Unique("result");
            lines.AddRange([$"{result.Type} {local} = {called};", functions.Cast(output, region, local, result.Shape) + ";", $"return {local};"]);
        }
        else
        {
            lines.Add($"return {Leaf(output, region, called, result.Shape)};");
        }

        foreach (var function in functions.Written)
        {
            lines.AddRange(["", .. function]);
        }

        return lines;
    }

    private static string Leaf(string method, string region, string value, ValueShape shape) => shape.Kind switch
    {
        ValueKind.Tensor => $"{region}.{method}({value})",
        ValueKind.Generic => $"{region}.{method}Any({value})",

        // What an object turns out to be may be an input.
        ValueKind.Opaque when method is "Return" => $"{region}.ReturnAny({value})",
        _ => value,
    };

    /// <summary>Names that no parameter has.</summary>
    internal readonly struct LocalNames(EquatableArray<ForwardParameter> parameters)
    {
        public string Unique(string name)
        {
            while (parameters.Any(parameter => parameter.Name == name))
            {
                name += "_";
            }

            return name;
        }
    }
}
