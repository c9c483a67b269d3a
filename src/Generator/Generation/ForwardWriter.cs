using System.Text;
using Precision.Generator.Generation.Models;

namespace Precision.Generator.Generation;

/// <summary>
/// Writes the forward that enters the region, calls the user's code and casts the results. Locals have explicit types: <c>var</c> is no
/// keyword, and would mean a type of that name in the user's code.
/// </summary>
internal static class ForwardWriter
{
    private const string CompilerServices = "global::Precision.CompilerServices.";

    public static void Write(SourceWriter writer, ForwardMethod forward, bool isFullPrecision)
    {
        var names = new LocalNames(forward.Parameters);
        var region = names.Unique("region");
        var call = (forward.Target is ForwardTarget.ForwardCore ? "this.ForwardCore(" : "base.forward(")
            + Join(forward.Parameters, parameter => Cast("Input", region, parameter.Name, parameter.Shape)) + ")";

        writer.Line(isFullPrecision
            ? "/// <summary>Runs in float32: autocast is off inside, and 16-bit inputs are cast.</summary>"
            : "/// <summary>Runs in the autocast region that <see cref=\"PrecisionPolicy\"/> says.</summary>");
        writer.WriteAttributes();
        writer.WriteObsolete(forward.IsObsolete);
        writer.Line($"public override {(HasPointer(forward) ? "unsafe " : "")}{forward.ResultType} forward({Join(forward.Parameters, Declare)})");
        writer.OpenBlock();
        writer.Line($"using {CompilerServices}ForwardRegion {region} = {CompilerServices}ForwardRegion.{(isFullPrecision ? "EnterFullPrecision" : "Enter")}(");
        writer.Line("    this,");
        writer.Line($"    {Device(forward.Parameters)});");
        if (forward.ResultShape.Kind is ValueKind.Tuple)
        {
            var result = names.Unique("result");
            writer.Line($"{forward.ResultType} {result} = {call};");
            writer.Line($"return {Cast("Output", region, result, forward.ResultShape)};");
        }
        else
        {
            writer.Line($"return {Cast("Output", region, call, forward.ResultShape)};");
        }

        writer.CloseBlock();
    }

    private static bool HasPointer(ForwardMethod forward)
        => forward.ResultType.Contains('*') || forward.Parameters.Any(static parameter => parameter.Type.Contains('*'));

    private static string Declare(ForwardParameter parameter)
        => parameter.Type + " " + parameter.Name + (parameter.DefaultValue is null ? "" : " = " + parameter.DefaultValue);

    /// <summary>The device of the inputs: a chain over every tensor in them.</summary>
    internal static string Device(EquatableArray<ForwardParameter> parameters)
    {
        var chain = new StringBuilder(CompilerServices).Append("ForwardDevice.None");
        foreach (var parameter in parameters)
        {
            AppendDevice(chain, parameter.Name, parameter.Shape);
        }

        return chain.ToString();
    }

    private static void AppendDevice(StringBuilder chain, string value, ValueShape shape)
    {
        switch (shape.Kind)
        {
            case ValueKind.Tensor or ValueKind.TensorArray:
                chain.Append(".Or(").Append(value).Append(')');
                break;
            case ValueKind.Generic:
                chain.Append(".OrAny(").Append(value).Append(')');
                break;
            case ValueKind.Tuple:
                for (var i = 0; i < shape.Elements.Count; i++)
                {
                    AppendDevice(chain, value + (shape.IsNullableTuple ? "?.Item" : ".Item") + (i + 1), shape.Elements[i]);
                }

                break;
        }
    }

    /// <summary>The expression for a value with its tensors cast by one of the region's methods.</summary>
    internal static string Cast(string method, string region, string value, ValueShape shape)
    {
        switch (shape.Kind)
        {
            case ValueKind.Tensor or ValueKind.TensorArray:
                return $"{region}.{method}({value})";
            case ValueKind.Generic:
                return $"{region}.{method}Any({value})";
            case ValueKind.Tuple:
                var tuple = shape.IsNullableTuple ? value + ".Value" : value;
                var elements = new StringBuilder("(");
                for (var i = 0; i < shape.Elements.Count; i++)
                {
                    elements.Append(i > 0 ? ", " : "").Append(Cast(method, region, tuple + ".Item" + (i + 1), shape.Elements[i]));
                }

                elements.Append(')');
                return shape.IsNullableTuple ? $"{value}.HasValue ? {elements} : null" : elements.ToString();
            default:
                return value;
        }
    }

    private static string Join(EquatableArray<ForwardParameter> parameters, Func<ForwardParameter, string> write)
        => string.Join(", ", parameters.Select(write));

    /// <summary>Names for locals that no parameter has.</summary>
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
