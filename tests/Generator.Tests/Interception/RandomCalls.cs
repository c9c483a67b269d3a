using System.Text;
using CsCheck;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Interception;

/// <summary>Random projects full of calls that the compiler may replace, as users could write them.</summary>
/// <param name="Sources">The files' texts and paths.</param>
/// <param name="Replaced">How many calls must be replaced.</param>
internal sealed record RandomCalls(IReadOnlyList<(string Path, string Text)> Sources, int Replaced)
{
    private static readonly string[] Names = ["Net", "@class", "Größe", "モデル", "@record", "Tensor2", "@value", "@await", "Interceptors", "Precision2"];
    private static readonly string[] Namespaces = ["", "Models", "Models.@namespace.Größe", "Precision.Interceptors", "Models.TorchSharp.torch"];
    private static readonly string[] Paths = ["Model.cs", "b/Model.cs", "MODEL.cs", "Größe/a b.cs", "C:\\src\\Model.cs", "it's {0}.cs", "Module_call.cs", "", "..", "a*b?.cs"];

    /// <summary>Expressions over a tensor y that are replaced; the second item counts the calls.</summary>
    private static readonly (string Text, int Count)[] Calls =
    [
        ("y.softmax(-1)", 1),
        ("global::TorchSharp.torch.softmax(y, 0, null)", 1),
        ("global::TorchSharp.torch.nn.functional.log_softmax(dim: 1, x: y)", 1),
        ("functional.softmin(y, 1)", 1),
        ("special.softmax(y, 1, dtype: default)", 1),
        ("(y).log_softmax(\n            1)", 1),
        ("y!.softmax(0)", 1),
        ("functional.linear(y, linear.weight!)", 1),
        ("linear.call(y)", 1),
        ("this.linear.forward(y)", 1),
        ("softmax.call(y)", 1),
        ("open.call(y)", 1),
        ("marked.call(y)", 1),
        ("this . marked /* a comment */ . forward ( y )", 1),
        ("pair.call(y, y).Item1", 1),
        ("(maybe?.call(y) ?? y)", 1),
        ("stages[0].call(y)", 1),
        ("(y.dim() > 2 ? y.softmax(0) : open.forward(y))", 2),
    ];

    /// <summary>Expressions that stay as they are.</summary>
    private static readonly string[] Others =
    [
        "y.relu()", "y.softmax(0, ScalarType.Float32)", "own.call(y)", "sequence.call(y)", "((Func<Tensor, Tensor>)open.call)(y)", "hidden.forward(y)", "y.matmul(y)", "(Tensor)((dynamic)y).softmax(0)",
    ];

    /// <summary>Members around an expression, which they contain once.</summary>
    private static readonly string[] Places =
    [
        "public Tensor M#(Tensor y) => $;",
        "public Tensor M#(Tensor y) { checked { unsafe { return $; } } }",
        "public Func<Tensor, Tensor> M#() => y => $;",
        "public Tensor M#(Tensor x) { return Inner(x); Tensor Inner(Tensor y) { return $; } }",
        "public IEnumerable<Tensor> M#(Tensor y) { foreach (var _ in stages) { yield return $; } }",
        "public async System.Threading.Tasks.Task<Tensor> M#(Tensor y) { await System.Threading.Tasks.Task.Yield(); return $; }",
        "public Tensor M#<T>(Tensor y, T other) where T : class => $;",
        "public Tensor P# { get { var y = zeros(1); return $; } set => _ = value; }",
        "public Tensor this[Tensor y, byte[#] key] => $;",
        "public Tensor M#(Tensor y) => y switch { null => null!, var other when other.dim() > 1 => $, _ => y };",
        "#line 7 \"elsewhere.cs\"\npublic Tensor M#(Tensor y) => $;\n#line default",
        "#region a\npublic Tensor M#(Tensor y)\n{\n#if true\n    return $;\n#else\n    return y.softmax(0);\n#endif\n}\n#endregion",
        "public object M#(Tensor y) => new { Value = $, Text = $\"{y.dim():N2}\" };",
        "public class Nested# { public Tensor M(NAME self, Tensor y) => self.Of(() => y.softmax(1)); }",
    ];

    public static Gen<RandomCalls> Projects { get; } =
        from name in Gen.OneOfConst(Names)
        from arity in Gen.Int[0, 2]
        from @namespace in Gen.OneOfConst(Namespaces)
        from paths in Gen.OneOfConst(Paths).Array[1, 3]
        from members in Gen.Select(Gen.OneOfConst(Places), Expressions(2), (place, expression) => (place, expression)).Array[1, 6]
        select Write(name, arity, @namespace, paths, members);

    /// <summary>Calls of calls, to a depth.</summary>
    private static Gen<(string Text, int Count)> Expressions(int depth)
    {
        var leaf = Gen.OneOf(Gen.OneOfConst(Calls), Gen.OneOfConst(Others).Select(static text => (text, 0)));
        return depth == 0
            ? leaf
            : Gen.OneOf(leaf, Gen.Select(leaf, Expressions(depth - 1), static (outer, inner) => Compose(outer, inner)));
    }

    /// <summary>Every y of the outer expression becomes the inner one.</summary>
    private static (string Text, int Count) Compose((string Text, int Count) outer, (string Text, int Count) inner)
    {
        var parts = System.Text.RegularExpressions.Regex.Split(outer.Text, @"\by\b");
        return (string.Join($"({inner.Text})", parts), outer.Count + (inner.Count * (parts.Length - 1)));
    }

    private static RandomCalls Write(string name, int arity, string @namespace, string[] paths, (string Place, (string Text, int Count) Expression)[] members)
    {
        var generic = arity == 0 ? "" : arity == 1 ? "<T0>" : "<T0, @event>";
        var sources = new List<(string, string)>();
        var replaced = 0;
        for (var part = 0; part < paths.Length; part++)
        {
            var text = new StringBuilder(TestCompilation.Usings.Replace("CS0169", "CS0169, CS8981, CS0414, CS0436, CS1998", StringComparison.Ordinal)).Append("// part ").Append(part).Append('\n');
            if (@namespace.Length > 0)
            {
                text.Append("namespace ").Append(@namespace).Append(";\n");
            }

            text.Append($"public partial class {name}{generic}\n{{\n");
            if (part == 0)
            {
                text.Append($$"""
                        private readonly Linear linear = Linear(1, 1);
                        private readonly Softmax softmax = Softmax(0);
                        private readonly Module<Tensor, Tensor> open = ReLU();
                        [FullPrecision] private readonly Module<Tensor, Tensor> marked = ReLU();
                        [FullPrecision] internal Module<Tensor, Tensor, (Tensor, Tensor?)> pair { get; set; } = null!;
                        [FullPrecision] private readonly ReLU? maybe = null;
                        [FullPrecision] private readonly Hidden hidden = new();
                        private readonly ModuleList<Module<Tensor, Tensor>> stages = new();
                        private readonly Sequential sequence = Sequential();
                        private readonly Own own = new();
                        private sealed class Hidden() : Module<Tensor, Tensor>("hidden") { public override Tensor forward(Tensor x) => x; }
                        public sealed class Own() : Module<Tensor, Tensor>("own") { public override Tensor forward(Tensor x) => x; }
                        public Tensor Of(Func<Tensor> value) => value();

                    """);
            }

            for (var i = part; i < members.Length; i += paths.Length)
            {
                var (place, expression) = members[i];
                var isNested = !place.Contains('$', StringComparison.Ordinal) || place.Contains("Nested", StringComparison.Ordinal);
                text.Append(place
                    .Replace("NAME", name + generic, StringComparison.Ordinal)
                    .Replace("$\"", "§", StringComparison.Ordinal)
                    .Replace("$", expression.Text, StringComparison.Ordinal)
                    .Replace("§", "$\"", StringComparison.Ordinal)
                    .Replace("byte[#]", $"byte[{new string(',', i)}]", StringComparison.Ordinal)
                    .Replace("M#", "M" + i, StringComparison.Ordinal)
                    .Replace("P#", "P" + i, StringComparison.Ordinal)
                    .Replace("Nested#", "Nested" + i, StringComparison.Ordinal)).Append('\n');
                replaced += isNested ? 1 : expression.Count;
            }

            sources.Add((paths[part], text.Append("}\n").ToString()));
        }

        return new RandomCalls(sources, replaced);
    }
}
