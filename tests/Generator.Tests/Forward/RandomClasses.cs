using System.Text;
using CsCheck;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Forward;

/// <summary>Random sources with an annotated class of a random shape that a user could have written.</summary>
internal static class RandomClasses
{
    private static readonly string[] Names = ["Net", "@class", "Größe", "モデル", "_", "@record", "Ünï", "T", "value", "net", "NET"];
    private static readonly string[] Types = ["Tensor", "Tensor?", "int", "string?", "(Tensor, Tensor)", "(Tensor a, (int, Tensor? c) b)", "(Tensor, Tensor)?", "Tensor[]", "List<Tensor>", "long[]?", "Parameter", "object", "Dictionary<string, Tensor>", "IEnumerable<Tensor[]?>?", "IReadOnlyDictionary<int, (Tensor, List<Tensor?>)?>", "HashSet<Tensor>", "KeyValuePair<string, Tensor>[]"];
    private static readonly string[] Containers = ["static partial class Outer", "partial struct Outer", "partial record Outer", "partial record struct Outer", "partial interface IOuter", "partial class Outer<TOuter> where TOuter : class", "readonly ref partial struct Outer"];
    private static readonly string[] Modifiers = ["public", "internal", "sealed", "abstract", "internal sealed", "unsafe", ""];
    private static readonly string[] Attributes =
    [
        "[MixedPrecision(Dtype.BFloat16)]",
        "[MixedPrecision(Dtype.Float16, Output = Dtype.Float32)]",
        "[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]",
        "[MixedPrecision(Dtype.Auto)]",
        "[FullPrecision]",
        "[Alias(Dtype.Float16)]",
        "[global::Precision.MixedPrecisionAttribute(compute: Dtype.Float32), Serializable]",
    ];

    /// <summary>The sources of one project: an annotated class in one to three parts, each in a file of its own.</summary>
    public static Gen<string[]> Sources { get; } =
        from name in Gen.OneOfConst(Names)
        from types in Gen.OneOfConst(Types).Array[2, 7]
        from containers in Gen.OneOfConst(Containers).Array[0, 3]
        from @namespace in Gen.OneOfConst("", "Models", "Models.@new.Größe")
        from modifier in Gen.OneOfConst(Modifiers)
        from attribute in Gen.OneOfConst(Attributes)
        from parts in Gen.Int[1, 3]
        from optional in Gen.Int[0, 3]
        from core in Gen.OneOfConst("private", "protected virtual", "internal", "public")
        from wrapped in Gen.Bool
        select Write(name, types, containers, @namespace, modifier, attribute, parts, optional, core, wrapped);

    private static string[] Write(
        string name,
        string[] types,
        string[] containers,
        string @namespace,
        string modifier,
        string attribute,
        int parts,
        int optional,
        string core,
        bool wrapped)
    {
        // What cannot stand beside each other in C# is not a shape: it is taken apart here.
        if (modifier.Contains("sealed", StringComparison.Ordinal) && core.Contains("virtual", StringComparison.Ordinal))
        {
            core = "private";
        }

        // Each container once: a type named as the one around it does not compile.
        containers = [.. containers.Select((container, depth) => container.Replace("Outer", "Outer" + depth, StringComparison.Ordinal))];

        var module = $"Module<{string.Join(", ", types)}>";
        var parameters = string.Join(", ", types[..^1].Select((type, index)
            => $"{type} @in{index}{(index >= types.Length - 1 - optional && IsOptional(type) && AreOptionalFrom(index) ? " = default" : "")}"));
        var member = wrapped
            ? ""
            : $"{core} {types[^1]} ForwardCore({parameters}) => throw new InvalidOperationException();";
        var @base = wrapped ? "Existing" : $"{module}";
        var constructor = $"public {name}() : base({(wrapped ? "" : "\"model\"")}) {{ }}";

        var sources = new List<string>();
        for (var part = 0; part < parts; part++)
        {
            var text = new StringBuilder(TestCompilation.Usings.Replace("CS0169", "CS0169, CS8981, CS0628, CS8907", StringComparison.Ordinal));
            if (@namespace.Length > 0)
            {
                text.Append("namespace ").Append(@namespace).Append(";\n");
            }

            if (wrapped && part == 0)
            {
                text.Append($"public class Existing() : {module}(\"existing\")\n{{\n    public override {types[^1]} forward({parameters}) => throw new InvalidOperationException();\n}}\n");
            }

            foreach (var container in containers)
            {
                text.Append(container).Append("\n{\n");
            }

            text.Append(part == 0 ? attribute + "\n" + modifier + " " : "").Append("partial class ").Append(name)
                .Append(part == 0 ? " : " + @base : "").Append("\n{\n")
                .Append(part == 0 ? constructor : "").Append(part == parts - 1 ? member : "")
                .Append("\n}\n").Append('}', containers.Length);
            sources.Add(text.ToString());
        }

        // The last part's file names the attribute for all of them.
        if (attribute.Contains("Alias", StringComparison.Ordinal))
        {
            sources[^1] = "global using AliasAttribute = Precision.MixedPrecisionAttribute;\n" + sources[^1];
        }

        return [.. sources];

        bool AreOptionalFrom(int index) => types[index..^1].All(IsOptional);
    }

    private static bool IsOptional(string type) => type.EndsWith('?') || type is "int";
}
