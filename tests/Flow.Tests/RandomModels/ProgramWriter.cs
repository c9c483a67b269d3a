namespace Precision.Flow.Tests.RandomModels;

/// <summary>
/// Writes programs of several module classes: one or two annotated models, the modules that they hold through fields, containers and
/// factories, a record, extension methods, and code that runs the models in each way that their source leaves open.
/// </summary>
internal static class ProgramWriter
{
    private static readonly string[] Attributes =
    [
        "[MixedPrecision(Dtype.BFloat16)]", "[MixedPrecision(Dtype.Float16)]", "[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]",
        "[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.Float32)]", "[MixedPrecision(Dtype.BFloat16, Autocast = false)]",
        "[MixedPrecision(Dtype.Float16, Autocast = false, Parameters = Dtype.Float16)]", "[MixedPrecision(Dtype.BFloat16, Output = Dtype.Float32)]",
    ];

    /// <summary>Writes a program.</summary>
    /// <param name="seed">What it is made from.</param>
    public static string Write(int seed)
    {
        var draft = new Draft(new Random(seed));
        draft.Line(0, "public sealed record State(Tensor Left, Tensor Right);");
        draft.Line(0, "");
        var helpers = Helpers(draft);
        var (classes, held) = (new List<ModuleClass>(), new HashSet<ModuleClass>());
        for (var count = 2 + draft.Choose(3); count > 0; count--)
        {
            classes.Add(new ClassWriter(draft, [.. classes], held, helpers).Write($"Module{classes.Count}", "", draft.Pick(ModuleForm.All), statements: 2 + draft.Choose(4)));
        }

        var models = new List<(ModuleClass Model, string Attribute)>();
        for (var count = 1 + draft.Choose(2); count > 0; count--)
        {
            var attribute = draft.Pick(Attributes);
            models.Add((new ClassWriter(draft, classes, held, helpers).Write($"Model{models.Count}", attribute, draft.Pick(ModuleForm.Models), statements: 5 + draft.Choose(6)), attribute));
        }

        Run(draft, models);
        return draft.ToString();
    }

    /// <summary>Extension methods and others that every class can call.</summary>
    private static List<(string Call, bool IsFixed)> Helpers(Draft draft)
    {
        var helpers = new List<(string Call, bool IsFixed)>();
        draft.Line(0, "public static class Helpers");
        draft.Line(0, "{");
        for (var count = 1 + draft.Choose(2); count > 0; count--)
        {
            var (name, isExtension, takesArguments) = (draft.Name("E"), draft.OneIn(2), draft.OneIn(2));
            draft.Line(1, $"public static Tensor {name}({(isExtension ? "this " : "")}Tensor x{(takesArguments ? ", bool flag, int count" : "")})");
            draft.Line(1, "{");
            var members = new BodyMembers();
            members.Conditions.AddRange(takesArguments ? ["flag", "count > 1"] : []);
            members.Counts.AddRange(takesArguments ? ["count"] : []);
            var isFixed = new BodyWriter(draft, members, ("x", VariableKind.Fixed)).Write(2, "Tensor", 1 + draft.Choose(3));
            draft.Line(1, "}");
            draft.Line(0, "");
            helpers.Add(isExtension ? ($"{{0}}.{name}({(takesArguments ? "flag, count" : "")})", isFixed) : ($"Helpers.{name}({{0}}{(takesArguments ? ", flag, count" : "")})", isFixed));
        }

        draft.Line(0, "}");
        draft.Line(0, "");
        return helpers;
    }

    /// <summary>
    /// Runs each model with inputs of all dtypes that its source leaves open, both flags, three counts, in training and not. libtorch refuses some combinations
    /// of dtypes: then the rest of a forward does not run.
    /// </summary>
    private static void Run(Draft draft, List<(ModuleClass Model, string Attribute)> models)
    {
        draft.Line(0, "public static class RandomModels");
        draft.Line(0, "{");
        draft.Line(1, "public static void Run()");
        draft.Line(1, "{");
        draft.Line(2, "for (var i = 0; i < 30; i++)");
        draft.Line(2, "{");
        draft.Line(3, "var (flag, count, training, converts) = (i % 2 == 0, i / 2 % 3, i / 2 % 2 == 0, i / 3 % 2 == 0);");
        draft.Line(3, "var x = ones(4, 4).to(new[] { ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64, ScalarType.Int64 }[i / 6]);");
        foreach (var (model, _) in models)
        {
            draft.Line(3, $"Witness.Attempt(nameof({model.Name}), () => Run{model.Name}(x, flag, count, training, converts));");
        }

        draft.Line(2, "}");
        draft.Line(1, "}");
        foreach (var (model, attribute) in models)
        {
            draft.Line(0, "");
            draft.Line(1, $"private static void Run{model.Name}(Tensor x, bool flag, int count, bool training, bool converts)");
            draft.Line(1, "{");
            draft.Line(2, $"using var model = {model.New("flag", "count")};");
            if (attribute.Contains("Autocast = false", StringComparison.Ordinal))
            {
                draft.Line(2, "if (!x.is_floating_point()) { return; } // its uses show that it holds no indices");
                draft.Line(2, "model.CreateMasterWeights();");
            }
            else if (attribute.Contains("Parameters = Dtype.BFloat16", StringComparison.Ordinal))
            {
                draft.Line(2, "if (converts) { model.CreateMasterWeights(); }");
            }

            draft.Line(2, "model.train(training);");
            draft.Line(2, $"model.call({Arguments(model.Form)});");
            draft.Line(1, "}");
        }

        draft.Line(0, "}");
    }

    private static string Arguments(ModuleForm form)
        => form == ModuleForm.Masked ? "x, x > 0.5"
            : form == ModuleForm.Indexed ? "x, arange(4)"
            : form == ModuleForm.OfState ? "new State(x, x * 2)"
            : "x";
}
