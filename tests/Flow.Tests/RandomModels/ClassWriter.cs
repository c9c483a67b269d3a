namespace Precision.Flow.Tests.RandomModels;

/// <summary>Writes one module class: what it holds, how that is made, and what its forward computes.</summary>
/// <param name="draft">Where it is written.</param>
/// <param name="others">The classes that it can hold.</param>
/// <param name="held">Those that something holds already.</param>
/// <param name="helpers">Methods that every class can call.</param>
internal sealed class ClassWriter(
    Draft draft, IReadOnlyList<ModuleClass> others, HashSet<ModuleClass> held, IEnumerable<(string Call, bool IsFixed)> helpers)
{
    private static readonly string[] Layers =
    [
        "Linear:Linear(4, 4)", "Linear:Linear(4, 4)", "Linear:Linear(4, 4, hasBias: false)", "LayerNorm:LayerNorm(4)", "GELU:GELU()", "ReLU:ReLU()", "Tanh:Tanh()", "Dropout:Dropout(0.1)",
        "Softmax:Softmax(-1)", "SiLU:SiLU()", "Identity:Identity()",
    ];

    private const string Projection = "projection";

    private readonly BodyMembers members = new();
    private readonly List<string> built = [];
    private string name = "";
    private bool takesArguments;
    private bool isModel;

    /// <summary>Writes the class.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="attribute">Its annotation; empty for a class without.</param>
    /// <param name="form">What its forward takes and gives.</param>
    /// <param name="statements">How many statements its forward has.</param>
    public ModuleClass Write(string name, string attribute, ModuleForm form, int statements)
    {
        (this.name, isModel) = (name, attribute.Length > 0);
        takesArguments = isModel || !draft.OneIn(3);
        if (isModel)
        {
            draft.Line(0, attribute);
        }

        draft.Line(0, $"public sealed {(isModel ? "partial " : "")}class {name} : {form.Base}");
        draft.Line(0, "{");
        members.Helpers.AddRange(helpers.Where(helper => takesArguments || !helper.Call.Contains("flag", StringComparison.Ordinal)));
        members.Conditions.Add("training");
        if (takesArguments)
        {
            draft.Line(1, "private readonly bool flag;");
            draft.Line(1, "private readonly int count;");
            members.Conditions.AddRange(["flag", "count > 1", "!flag"]);
            members.Counts.Add("count");
            members.Numbers.AddRange(["count", "(count + 1)"]);
        }

        draft.Line(1, $"private const double Scale = {draft.Pick("0.5", "2", "1e-5", "-100")};");
        members.Numbers.Add("Scale");
        Fields();
        Constructor();
        Methods();
        var isFixed = Forward(form, statements);
        draft.Line(0, "}");
        draft.Line(0, "");
        return new ModuleClass(name, form, isFixed, takesArguments);
    }

    private void Fields()
    {
        if (isModel)
        {
            draft.Line(1, $"private readonly Linear {Projection} = Linear(4, 4);");
        }

        for (var count = 1 + draft.Choose(3); count > 0; count--)
        {
            Layer();
        }

        var writer = new HeldWriter(draft, others, held, members, built, takesArguments, isModel);
        for (var count = others.Count == 0 ? draft.Choose(2) : 1 + draft.Choose(4); count > 0; count--)
        {
            writer.Write();
        }

        foreach (var other in isModel ? others.Where(other => !held.Contains(other)).ToArray() : [])
        {
            writer.Hold(other);
        }

        if (draft.OneIn(2))
        {
            var weight = draft.Name("w");
            draft.Line(1, $"private readonly Parameter {weight} = nn.Parameter(ones(4));");
            members.Weights.Add(weight);
        }

        if (draft.OneIn(3))
        {
            var embedding = draft.Name("e");
            draft.Line(1, $"private readonly Embedding {embedding} = Embedding(8, 4);");
            members.Embeddings.Add(embedding);
        }
    }

    private void Layer()
    {
        var (field, layer) = (draft.Name("f"), draft.Pick(Layers).Split(':', 2));
        draft.Line(1, $"private readonly {(draft.OneIn(3) ? "Module<Tensor, Tensor>" : layer[0])} {field} = {layer[1]};");
        members.Modules.Add((field, ModuleForm.Plain, IsFixed: true));
    }

    private void Constructor()
    {
        draft.Line(1, $"public {name}({(takesArguments ? "bool flag, int count" : "")})");
        draft.Line(2, $": base(\"{name}\")");
        draft.Line(1, "{");
        if (takesArguments)
        {
            draft.Line(2, "this.flag = flag;");
            draft.Line(2, "this.count = count;");
        }

        foreach (var line in built)
        {
            draft.Line(2, line);
        }

        draft.Line(2, "RegisterComponents();");
        draft.Line(1, "}");
    }

    /// <summary>A property, and private methods, which may call each other.</summary>
    private void Methods()
    {
        if (members.Weights.Count > 0 && draft.OneIn(2))
        {
            var property = draft.Name("P");
            draft.Line(1, $"private Tensor {property} => {members.Weights[0]}{draft.Pick(".sigmoid()", " * 2", ".clone()", " * Scale")};");
            members.Weights.Add(property);
        }

        for (var count = draft.Choose(3); count > 0; count--)
        {
            var isStatic = draft.OneIn(3);
            var (method, arguments) = (draft.Name("H"), isStatic && takesArguments ? ", bool flag, int count" : "");
            draft.Line(1, $"private {(isStatic ? "static " : "")}Tensor {method}(Tensor x{arguments})");
            draft.Line(1, "{");
            var isFixed = new BodyWriter(draft, isStatic ? Static() : members, ("x", VariableKind.Fixed)).Write(2, "Tensor", 1 + draft.Choose(3));
            draft.Line(1, "}");
            draft.Line(0, "");
            members.Helpers.Add(($"{method}({{0}}{(arguments.Length > 0 ? ", flag, count" : "")})", isFixed));
        }
    }

    /// <summary>What a static method can name.</summary>
    private BodyMembers Static()
    {
        var visible = new BodyMembers();
        visible.Helpers.AddRange(helpers.Where(helper => takesArguments || !helper.Call.Contains("flag", StringComparison.Ordinal)));
        visible.Numbers.Add("Scale");
        visible.Conditions.AddRange(takesArguments ? ["flag", "count > 1"] : []);
        visible.Counts.AddRange(takesArguments ? ["count"] : []);
        return visible;
    }

    private bool Forward(ModuleForm form, int statements)
    {
        draft.Line(1, $"{(isModel ? "private" : "public override")} {form.Result} {(isModel ? "ForwardCore" : "forward")}({form.Parameters})");
        draft.Line(1, "{");
        var body = new BodyWriter(draft, members, Parameters(form));
        if (isModel)
        {
            body.Project(2, Projection);
        }

        var isFixed = body.Write(2, form.Result, statements, calls: members.Modules);
        draft.Line(1, "}");
        return isFixed;
    }

    private static (string Name, VariableKind Kind)[] Parameters(ModuleForm form) => form switch
    {
        _ when form == ModuleForm.Masked => [("x", VariableKind.Fixed), ("mask", VariableKind.Mask)],
        _ when form == ModuleForm.Indexed => [("x", VariableKind.Fixed), ("ids", VariableKind.Indices)],
        _ when form == ModuleForm.OfState => [("state", VariableKind.State)],
        _ when form == ModuleForm.OfList => [("parts", VariableKind.List)],
        _ when form == ModuleForm.OfDictionary => [("named", VariableKind.Dictionary)],
        _ => [("x", VariableKind.Fixed)],
    };
}
