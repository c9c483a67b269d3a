namespace Precision.Flow.Tests.RandomModels;

/// <summary>Writes members that hold modules of other classes, in all the ways in which models make them.</summary>
internal sealed class HeldWriter(
    Draft draft,
    IReadOnlyList<ModuleClass> others,
    HashSet<ModuleClass> held,
    BodyMembers members,
    List<string> constructor,
    bool takesArguments,
    bool isModel)
{
    private const string Open = "Module<Tensor, Tensor>";

    private static readonly string[] Layers = ["Linear(4, 4)", "Linear(4, 4)", "LayerNorm(4)", "GELU()", "Dropout(0.1)", "ReLU()"];

    private readonly ModuleClass[] plain = [.. others.Where(static other => other.Form == ModuleForm.Plain)];
    private readonly ModuleClass[] special = [.. others.Where(static other => other.Form != ModuleForm.Plain)];

    /// <summary>Writes a member.</summary>
    public void Write()
    {
        if (special.Length > 0 && (plain.Length == 0 || draft.OneIn(2)))
        {
            Hold(One(special));
            return;
        }

        switch (draft.Choose(12))
        {
            case 0 or 1:
                Single();
                break;
            case 2 or 3:
                Assigned();
                break;
            case 4:
                Made();
                break;
            case 5:
                Property();
                break;
            case 6:
                Sequential();
                break;
            case 7:
                SequentialOfList();
                break;
            case 8:
                List();
                break;
            case 9:
                FilledList();
                break;
            case 10:
                Dictionary();
                break;
            default:
                Array();
                break;
        }
    }

    /// <summary>Writes a field that holds a class.</summary>
    public void Hold(ModuleClass module)
    {
        var field = draft.Name("f");
        draft.Line(1, $"{Mark()}private readonly {draft.Pick(module.Name, module.Form.Base)} {field} = {module.New("true", "2")};");
        members.Modules.Add((field, module.Form, module.IsFixed));
        held.Add(module);
    }

    /// <summary>One of several classes, first those that nothing holds yet.</summary>
    private ModuleClass One(ModuleClass[] from)
    {
        var module = draft.Pick(from.Where(other => !held.Contains(other)).ToArray() is { Length: > 0 } free ? free : from);
        held.Add(module);
        return module;
    }

    private string Mark() => isModel && draft.OneIn(8) ? "[FullPrecision] " : "";

    /// <summary>A module from a tensor to a tensor: how it is made.</summary>
    /// <param name="isFixed">Set to false where its result may have another dtype than its layers.</param>
    /// <param name="hasArguments">Whether the flag and the count are in scope.</param>
    private string New(ref bool isFixed, bool hasArguments = false)
    {
        if (plain.Length == 0 || draft.OneIn(3))
        {
            return draft.Pick(Layers);
        }

        var module = One(plain);
        isFixed &= module.IsFixed;
        return hasArguments && takesArguments ? module.New(draft.Pick("flag", "!flag"), draft.Pick("count", "1")) : module.New("true", "1");
    }

    private void Add(string field, bool isFixed) => members.Modules.Add((field, ModuleForm.Plain, isFixed));

    /// <summary>One module, in a field of its class or of an open type.</summary>
    private void Single()
    {
        var (field, isFixed) = (draft.Name("f"), true);
        if (plain.Length > 0 && draft.OneIn(2))
        {
            Hold(One(plain));
            return;
        }

        draft.Line(1, $"{Mark()}private readonly {Open} {field} = {New(ref isFixed)};");
        Add(field, isFixed);
    }

    /// <summary>One module that the constructor chooses.</summary>
    private void Assigned()
    {
        var (field, isFixed) = (draft.Name("f"), true);
        draft.Line(1, $"{Mark()}private {draft.Pick("", "readonly ")}{Open} {field};");
        var (first, second) = (New(ref isFixed, hasArguments: true), New(ref isFixed, hasArguments: true));
        if (!takesArguments)
        {
            constructor.Add($"{field} = {first};");
        }
        else if (draft.OneIn(3))
        {
            constructor.Add($"if (flag) {{ {field} = {first}; }} else {{ {field} = {second}; }}");
        }
        else
        {
            constructor.Add(draft.Pick($"{field} = flag ? {first} : {second};", $"{field} = count switch {{ 0 => {first}, 1 => {second}, _ => {New(ref isFixed)} }};"));
        }

        Add(field, isFixed);
    }

    /// <summary>One module that a factory makes.</summary>
    private void Made()
    {
        var (field, factory, isFixed) = (draft.Name("f"), draft.Name("Make"), true);
        var (first, second) = (New(ref isFixed), New(ref isFixed));
        draft.Line(1, draft.Pick(
            $"private static {Open} {factory}(bool large) => large ? {first} : {second};",
            $"private static {Open} {factory}(bool large) {{ if (large) {{ return {first}; }} return {second}; }}",
            $"private static {Open} {factory}(bool large) {{ {Open} made = {first}; if (large) {{ made = {second}; }} return made; }}"));
        if (takesArguments)
        {
            draft.Line(1, $"private readonly {Open} {field};");
            constructor.Add($"{field} = {factory}(flag);");
        }
        else
        {
            draft.Line(1, $"private readonly {Open} {field} = {factory}(true);");
        }

        Add(field, isFixed);
    }

    /// <summary>A property that hands on one of two fields.</summary>
    private void Property()
    {
        Single();
        var (first, isFixed) = (members.Modules[^1].Name, members.Modules[^1].IsFixed);
        Single();
        var (second, property) = (members.Modules[^1], draft.Name("M"));
        draft.Line(1, takesArguments ? $"private {Open} {property} => flag ? {first} : {second.Name};" : $"private {Open} {property} => {first};");
        Add(property, isFixed && second.IsFixed);
    }

    private void Sequential()
    {
        var (field, isFixed) = (draft.Name("s"), true);
        var elements = Fixed(2 + draft.Choose(2));
        var last = New(ref isFixed);
        elements.Add(last);
        draft.Line(1, $"{Mark()}private readonly {draft.Pick("Sequential", Open)} {field} = {draft.Pick(
            $"Sequential({string.Join(", ", elements)})",
            $"Sequential({string.Join(", ", elements.Select(static (element, i) => $"(\"m{i}\", {element})"))})",
            $"Sequential({string.Join(", ", elements)}, Sequential(Linear(4, 4), ReLU()))")};");
        Add(field, isFixed);
    }

    private void SequentialOfList()
    {
        var (field, list, isFixed) = (draft.Name("s"), draft.Name("list"), true);
        draft.Line(1, $"private readonly Sequential {field};");
        constructor.Add($"var {list} = new List<{Open}> {{ {string.Join(", ", Fixed(2))} }};");
        if (draft.OneIn(2))
        {
            constructor.Add($"for (var i = 0; i < {(takesArguments ? "count" : "2")}; i++) {{ {list}.Add({Fixed(1)[0]}); {list}.Add({draft.Pick(Layers)}); }}");
        }

        constructor.Add($"{field} = Sequential({draft.Pick(list, $"{list}.ToArray()")});");
        Add(field, isFixed);
    }

    /// <summary>Modules that other modules may come after.</summary>
    private List<string> Fixed(int count)
    {
        var fit = plain.Where(static module => module.IsFixed).ToArray();
        return [.. Enumerable.Range(0, count).Select(_ => fit.Length > 0 && draft.OneIn(2) ? One(fit).New("true", "1") : draft.Pick(Layers))];
    }

    private void List()
    {
        var (field, isFixed) = (draft.Name("l"), true);
        if (plain.Length > 0 && draft.OneIn(2))
        {
            var module = One(plain);
            draft.Line(1, $"private readonly ModuleList<{module.Name}> {field} = {draft.Pick(
                $"ModuleList({module.New("true", "1")}, {module.New("false", "2")})",
                $"new(Enumerable.Range(0, 2).Select(_ => {module.New("false", "1")}).ToArray())")};");
            isFixed = module.IsFixed;
        }
        else
        {
            draft.Line(1, $"{Mark()}private readonly ModuleList<{Open}> {field} = ModuleList<{Open}>({New(ref isFixed)}, {New(ref isFixed)});");
        }

        members.Collections.Add((field, $"{field}.Count", isFixed));
        Add($"{field}[{draft.Choose(2)}]", isFixed);
    }

    private void FilledList()
    {
        var (field, isFixed) = (draft.Name("l"), true);
        draft.Line(1, $"private readonly ModuleList<{Open}> {field} = new();");
        constructor.Add($"{field}.{draft.Pick("Add", "append")}({New(ref isFixed, hasArguments: true)});");
        constructor.Add($"for (var i = 0; i < {(takesArguments ? "count" : "2")}; i++) {{ {field}.Add({New(ref isFixed, hasArguments: true)}); }}");
        members.Collections.Add((field, $"{field}.Count", isFixed));
        Add(draft.Pick($"{field}[0]", $"{field}.First()", $"{field}.Last()"), isFixed);
    }

    private void Dictionary()
    {
        var (field, isFixed) = (draft.Name("d"), true);
        if (draft.OneIn(2))
        {
            draft.Line(1, $"private readonly ModuleDict<{Open}> {field} = ModuleDict<{Open}>((\"a\", {New(ref isFixed)}), (\"b\", {New(ref isFixed)}));");
        }
        else
        {
            draft.Line(1, $"private readonly ModuleDict<{Open}> {field} = new();");
            constructor.Add($"{field}.Add(\"a\", {New(ref isFixed, hasArguments: true)});");
            constructor.Add($"{field}.Add(\"b\", {New(ref isFixed, hasArguments: true)});");
        }

        members.Collections.Add(($"{field}.Values", null, isFixed));
        Add($"{field}[\"{draft.Pick("a", "b")}\"]", isFixed);
    }

    /// <summary>An array. Its elements must be registered one by one.</summary>
    private void Array()
    {
        var (field, isFixed) = (draft.Name("a"), true);
        if (draft.OneIn(2))
        {
            draft.Line(1, $"private readonly {Open}[] {field} = [{New(ref isFixed)}, {New(ref isFixed)}];");
        }
        else
        {
            draft.Line(1, $"private readonly {Open}[] {field} = new {Open}[2];");
            constructor.Add($"for (var i = 0; i < {field}.Length; i++) {{ {field}[i] = {New(ref isFixed, hasArguments: true)}; }}");
        }

        constructor.Add($"for (var i = 0; i < {field}.Length; i++) {{ register_module($\"{field}{{i}}\", {field}[i]); }}");
        members.Collections.Add((field, $"{field}.Length", isFixed));
        Add($"{field}[{draft.Choose(2)}]", isFixed);
    }
}
