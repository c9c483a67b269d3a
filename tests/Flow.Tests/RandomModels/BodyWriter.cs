using System.Globalization;

namespace Precision.Flow.Tests.RandomModels;

/// <summary>Writes the statements of one body. After each the dtype of what it changed is told.</summary>
internal sealed class BodyWriter
{
    private const int MaximumIndent = 4;

    private readonly Draft draft;
    private readonly BodyMembers members;
    private readonly ExpressionWriter expressions;
    private readonly HashSet<string> assigned = [];
    private readonly HashSet<string> captured = [];

    /// <summary>Whether a region is open. Functions that are made there may run elsewhere, so that models seldom make them.</summary>
    private bool isInRegion;

    /// <param name="draft">Where it is written.</param>
    /// <param name="members">What it can name.</param>
    /// <param name="parameters">Its parameters.</param>
    public BodyWriter(Draft draft, BodyMembers members, params IEnumerable<(string Name, VariableKind Kind)> parameters)
    {
        (this.draft, this.members) = (draft, members);
        expressions = new ExpressionWriter(draft, members);
        expressions.Variables.AddRange(parameters);
    }

    /// <summary>Projects what a model is given, of which it then computes with nothing else as a rule.</summary>
    /// <param name="indent">How far in it stands.</param>
    /// <param name="layer">The layer that takes it.</param>
    public void Project(int indent, string layer)
    {
        var (input, kind) = expressions.Variables[0];
        TellPart(indent, input, kind);
        Line(indent, $"var h = {(kind is VariableKind.State ? $"{layer}.call({input}.Left) + {layer}.call({input}.Right)" : $"{layer}.call({input})")};");
        Tell(indent, "h");
        if (!draft.OneIn(8))
        {
            expressions.Variables.RemoveAt(0);
        }

        expressions.Variables.Add(("h", VariableKind.Fixed));
    }

    /// <summary>Writes a body that begins with a tensor that layers take, and returns something of a type.</summary>
    /// <param name="indent">How far in it stands.</param>
    /// <param name="result">The type of its result.</param>
    /// <param name="statements">How many statements it has, besides the calls.</param>
    /// <param name="calls">Modules that it calls in any case, as every module is called somewhere.</param>
    /// <returns>Whether what it returns has the dtype of its layers.</returns>
    public bool Write(int indent, string result, int statements, params IReadOnlyList<(string Name, ModuleForm Form, bool IsFixed)> calls)
    {
        foreach (var (name, kind) in expressions.Variables.ToArray())
        {
            TellPart(indent, name, kind);
        }

        if (expressions.Variable(VariableKind.Fixed) is null)
        {
            var (first, kind) = expressions.Variables[0];
            Line(indent, $"var h = {expressions.Part(kind) ?? first};");
            expressions.Variables.Add(("h", VariableKind.Fixed));
        }

        var waiting = new Queue<(string Name, ModuleForm Form, bool IsFixed)>(calls);
        for (var i = 0; i < statements || waiting.Count > 0; i++)
        {
            if (waiting.Count > 0 && (i >= statements || draft.OneIn(2)))
            {
                Call(indent, waiting.Dequeue());
            }
            else
            {
                Statement(indent);
            }
        }

        return Return(indent, result);
    }

    private void Call(int indent, (string Name, ModuleForm Form, bool IsFixed) module)
    {
        var name = draft.Name("c");
        Line(indent, $"var {name} = {expressions.Call(module, depth: 1)};");
        var kind = module.Form == ModuleForm.ToState ? VariableKind.State
            : module.Form == ModuleForm.ToPair ? VariableKind.Pair
            : module.IsFixed ? VariableKind.Fixed : VariableKind.Free;
        expressions.Variables.Add((name, kind));
        TellPart(indent, name, kind);
    }

    private void Line(int indent, string line) => draft.Line(indent, line);

    private void Tell(int indent, string expression) => Line(indent, $"Witness.Tells({expression});");

    private void TellPart(int indent, string name, VariableKind kind)
    {
        if (kind is not (VariableKind.Mask or VariableKind.Indices) && (expressions.Part(kind) ?? name) is var part)
        {
            Tell(indent, part);
        }
    }

    private bool Return(int indent, string result)
    {
        switch (result)
        {
            case "State":
                Line(indent, $"return {expressions.Of(VariableKind.State)};");
                return true;
            case "(Tensor, Tensor)":
                Line(indent, $"return {expressions.Of(VariableKind.Pair)};");
                return true;
            default:
                var isFixed = !draft.OneIn(6);
                Line(indent, $"return {expressions.Of(isFixed ? VariableKind.Fixed : VariableKind.Free)};");
                return isFixed;
        }
    }

    /// <summary>A block in braces.</summary>
    /// <param name="indent">How far in it stands.</param>
    /// <param name="first">Writes its first lines.</param>
    /// <param name="hidden">A variable that it must leave alone.</param>
    private void Block(int indent, Action? first = null, string? hidden = null)
    {
        var visible = expressions.Variables.ToArray();
        expressions.Variables.RemoveAll(variable => variable.Name == hidden);
        Line(indent, "{");
        first?.Invoke();
        for (var count = 1 + draft.Choose(2); count > 0; count--)
        {
            Statement(indent + 1);
        }

        Line(indent, "}");
        expressions.Variables.Clear();
        expressions.Variables.AddRange(visible);
    }

    private void Statement(int indent)
    {
        switch (draft.Choose(indent >= MaximumIndent ? 12 : 22))
        {
            case 0 or 1 or 2:
                Declare(indent, draft.Pick(VariableKind.Fixed, VariableKind.Fixed, VariableKind.Fixed, VariableKind.Free));
                break;
            case 3 or 4:
                var kind = draft.Pick(VariableKind.Fixed, VariableKind.Fixed, VariableKind.Free);
                if (Assigned(kind) is { } target)
                {
                    Line(indent, $"{target} = {expressions.Of(kind)};");
                    Tell(indent, target);
                }

                break;
            case 5 when Assigned(VariableKind.Fixed) is { } changed:
                Line(indent, $"{changed} {draft.Pick("+=", "*=", "-=")} {expressions.Of(VariableKind.Fixed)};");
                Tell(indent, changed);
                break;
            case 6 or 7:
                Tell(indent, expressions.Of(draft.Pick(VariableKind.Fixed, VariableKind.Free)));
                break;
            case 8 or 9:
                Declare(indent, draft.Pick(VariableKind.Mask, VariableKind.State, VariableKind.Pair, VariableKind.List, VariableKind.Dictionary));
                break;
            case 10:
                CallOfParts(indent);
                break;
            case 11:
                Change(indent);
                break;
            case 12 or 13 when members.Conditions.Count > 0:
                Line(indent, $"if ({draft.Pick(members.Conditions)})");
                Block(indent);
                if (draft.OneIn(2))
                {
                    Line(indent, "else");
                    Block(indent);
                }

                Tell(indent, expressions.Variable(VariableKind.Fixed)!);
                break;
            case 14 or 15 or 16:
                Loop(indent);
                break;
            case 17:
                Region(indent);
                break;
            case 18 or 19 when !isInRegion || draft.OneIn(6):
                Function(indent);
                break;
            case 20:
                Deconstruct(indent);
                break;
            case 21 when members.Conditions.Count > 0:
                Maybe(indent);
                break;
            default:
                Declare(indent, VariableKind.Fixed);
                break;
        }
    }

    /// <summary>A block with autocast off, or of a dtype of its own, which may differ from the model's.</summary>
    private void Region(int indent)
    {
        var outer = isInRegion;
        isInRegion = true;
        Line(indent, $"using ({draft.Pick("Autocast.Disable(CPU)", "Autocast.Disable(CPU)", "Autocast.Disable(CPU)", "Autocast.Enter(CPU, Dtype.BFloat16)", "Autocast.Enter(CPU, Dtype.Float16)")})");
        Block(indent);
        isInRegion = outer;
    }

    private void Maybe(int indent)
    {
        var (name, other) = (draft.Name("m"), expressions.Of(VariableKind.Fixed));
        Line(indent, $"Tensor {name} = {draft.Pick(members.Conditions)} ? {expressions.Of(VariableKind.Fixed)} : null;");
        Line(indent, draft.OneIn(2) ? $"{name} ??= {other};" : $"{name} = {name} is {{ }} some{name} ? some{name} : {other};");
        expressions.Variables.Add((name, VariableKind.Fixed));
        assigned.Add(name);
        Tell(indent, name);
    }

    private void Declare(int indent, VariableKind kind)
    {
        var name = draft.Name("v");
        var type = kind switch
        {
            VariableKind.List => "List<Tensor>",
            VariableKind.Dictionary => "Dictionary<string, Tensor>",
            _ => "var",
        };
        Line(indent, $"{type} {name} = {expressions.Of(kind)};");
        expressions.Variables.Add((name, kind));
        TellPart(indent, name, kind);
    }

    /// <summary>A module that gives more than one tensor.</summary>
    private void CallOfParts(int indent)
    {
        var modules = members.Modules.Where(static module => module.Form.Result != "Tensor").ToArray();
        if (modules.Length == 0)
        {
            Declare(indent, VariableKind.Fixed);
        }
        else
        {
            Call(indent, draft.Pick(modules));
        }
    }

    /// <summary>A variable that may be assigned: seldom one that a function has captured.</summary>
    private string? Assigned(VariableKind kind)
    {
        if (expressions.Variable(kind, draft.OneIn(6) ? null : captured) is not { } variable)
        {
            return null;
        }

        assigned.Add(variable);
        return variable;
    }

    /// <summary>A change of a collection.</summary>
    private void Change(int indent)
    {
        if (expressions.Variable(VariableKind.List) is { } list)
        {
            Line(indent, draft.Pick($"{list}.Add({expressions.Of(VariableKind.Fixed)});", $"{list}[{draft.Choose(2)}] = {expressions.Of(VariableKind.Fixed)};"));
            TellPart(indent, list, VariableKind.List);
        }
        else if (expressions.Variable(VariableKind.Dictionary) is { } dictionary)
        {
            Line(indent, $"{dictionary}[\"a\"] = {expressions.Of(VariableKind.Fixed)};");
            TellPart(indent, dictionary, VariableKind.Dictionary);
        }
        else
        {
            Declare(indent, VariableKind.List);
        }
    }

    private void Loop(int indent)
    {
        if (Assigned(VariableKind.Fixed) is not { } changed)
        {
            return;
        }

        if (members.Collections.Count > 0 && !draft.OneIn(4))
        {
            OverModules(indent, changed, draft.Pick(members.Collections));
        }
        else if (expressions.Variable(VariableKind.List) is { } list && draft.OneIn(2))
        {
            OverTensors(indent, changed, list);
        }
        else
        {
            var index = draft.Name("i");
            Line(indent, $"for (var {index} = 0; {index} < {draft.Pick(members.Counts)}; {index}++)");
            Block(indent, () =>
            {
                if (members.Conditions.Count > 0 && draft.OneIn(4))
                {
                    Line(indent + 1, $"if ({index} > 0 && {draft.Pick(members.Conditions)}) {draft.Pick("break", "continue")};");
                }
            });
        }

        Tell(indent, changed);
    }

    private void OverModules(int indent, string changed, (string Name, string? Count, bool IsFixed) modules)
    {
        var item = draft.Name("i");
        var isIndexed = modules.Count is not null && draft.OneIn(3);
        var call = $"{(isIndexed ? $"{modules.Name}[{item}]" : item)}.call({changed})";
        call = modules.IsFixed ? draft.Pick(call, call, $"{changed} + {call}") : $"{call}.to({changed}.dtype)";
        Line(indent, isIndexed ? $"for (var {item} = 0; {item} < {modules.Count}; {item}++)" : $"foreach (var {item} in {modules.Name})");
        Block(indent, () =>
        {
            Line(indent + 1, $"{changed} = {call};");
            Tell(indent + 1, changed);
        });
    }

    private void OverTensors(int indent, string changed, string list)
    {
        var item = draft.Name("i");
        Line(indent, $"foreach (var {item} in {list})");
        Block(
            indent,
            () =>
            {
                Tell(indent + 1, item);
                Line(indent + 1, $"{changed} = {changed} + {item};");
            },
            hidden: list); // nothing may be added meanwhile
    }

    /// <summary>A lambda or a local function, and a call of it.</summary>
    private void Function(int indent)
    {
        var (function, parameter, visible) = (draft.Name("F"), draft.Name("a"), expressions.Variables.ToArray());
        if (!draft.OneIn(6))
        {
            expressions.Variables.RemoveAll(variable => assigned.Contains(variable.Name));
        }

        captured.UnionWith(expressions.Variables.Select(static variable => variable.Name));
        expressions.Variables.Add((parameter, VariableKind.Fixed));
        var body = expressions.Of(VariableKind.Fixed);
        expressions.Variables.Clear();
        expressions.Variables.AddRange(visible);
        Line(indent, draft.OneIn(2) ? $"Func<Tensor, Tensor> {function} = {parameter} => {body};" : $"Tensor {function}(Tensor {parameter}) => {body};");
        var name = draft.Name("v");
        Line(indent, $"var {name} = {function}({expressions.Of(VariableKind.Fixed)});");
        expressions.Variables.Add((name, VariableKind.Fixed));
        Tell(indent, name);
    }

    private void Deconstruct(int indent)
    {
        var (left, right) = (draft.Name("l"), draft.Name("r"));
        var value = expressions.Variable(VariableKind.State) ?? expressions.Variable(VariableKind.Pair)
            ?? $"({expressions.Of(VariableKind.Fixed)}, {expressions.Of(VariableKind.Fixed)})";
        Line(indent, string.Create(CultureInfo.InvariantCulture, $"var ({left}, {right}) = {value};"));
        expressions.Variables.AddRange([(left, VariableKind.Fixed), (right, VariableKind.Fixed)]);
        Tell(indent, left);
        Tell(indent, right);
    }
}
