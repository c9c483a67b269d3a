using System.Globalization;

namespace Precision.Flow.Tests.RandomModels;

/// <summary>What a variable holds.</summary>
internal enum VariableKind
{
    /// <summary>A tensor with the dtype of the layers, as far as layers in true 16-bit take it.</summary>
    Fixed,

    /// <summary>A tensor of any floating dtype.</summary>
    Free,

    /// <summary>A tensor of flags.</summary>
    Mask,

    /// <summary>A tensor of four indices.</summary>
    Indices,

    /// <summary>A record of two tensors.</summary>
    State,

    /// <summary>A tuple of two tensors.</summary>
    Pair,

    /// <summary>A list of two tensors or more.</summary>
    List,

    /// <summary>A dictionary of two tensors.</summary>
    Dictionary,
}

/// <summary>Writes expressions. All tensors are 4 by 4, or as broadcasting makes them.</summary>
internal sealed class ExpressionWriter(Draft draft, BodyMembers members)
{
    private const int MaximumDepth = 3;

    private static readonly string[] Keeping =
    [
        "relu()", "tanh()", "sigmoid()", "neg()", "abs()", "clone()", "contiguous()", "view(4, 4)", "reshape(4, -1)", "unsqueeze(0).squeeze(0)",
        "clamp(-1, 1)", "roll(1, 0)", "flip(0)", "detach()", "silu()", "square()", "expand(4, 4)",
    ];

    private static readonly string[] Changing =
    [
        "exp()", "pow(2)", "sum(-1, keepdim: true).expand(4, 4)", "mean([-1L], keepdim: true).expand(4, 4)", "softmax(-1)", "log_softmax(-1)", "cumsum(0)", "norm(0, true, 2f).expand(4, 4)",
        "square().mean([-1L], true).add(1).rsqrt().expand(4, 4)", "softmax(-1, ScalarType.Float32)", "std(0, keepdim: true).expand(4, 4)", "softplus()", "abs().add(1).log()",
        "abs().add(1).reciprocal()", "sum(0, true, ScalarType.Float32).expand(4, 4)", "prod(0, keepdim: true).expand(4, 4)",
    ];

    private static readonly string[] Casts = ["@float()", "half()", "bfloat16()", "to(ScalarType.Float32)", "to(ScalarType.BFloat16)", "to(float32)", "@double()", "to(torch.float16)"];

    /// <summary>The variables in scope.</summary>
    public List<(string Name, VariableKind Kind)> Variables { get; } = [];

    /// <summary>An expression of some kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="depth">How deep it stands.</param>
    public string Of(VariableKind kind, int depth = 0) => kind switch
    {
        VariableKind.Fixed => Fixed(depth),
        VariableKind.Free => Free(depth),
        VariableKind.Mask => Mask(depth),
        VariableKind.Indices => Variable(VariableKind.Indices) ?? "arange(4)",
        VariableKind.State => State(depth + 1),
        VariableKind.Pair => Sometimes(VariableKind.Pair) ?? $"({Fixed(depth + 1)}, {Fixed(depth + 1)})",
        VariableKind.List => Sometimes(VariableKind.List) ?? draft.Pick($"[{Fixed(depth + 1)}, {Fixed(depth + 1)}]", $"new List<Tensor> {{ {Fixed(depth + 1)}, {Fixed(depth + 1)} }}"),
        _ => Sometimes(VariableKind.Dictionary) ?? $"new Dictionary<string, Tensor> {{ [\"a\"] = {Fixed(depth + 1)}, [\"b\"] = {Fixed(depth + 1)} }}",
    };

    /// <summary>A variable of some kind; null where there is none.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="except">Variables that are not taken.</param>
    public string? Variable(VariableKind kind, HashSet<string>? except = null)
        => Variables.Where(variable => variable.Kind == kind && except?.Contains(variable.Name) != true).Select(static variable => variable.Name).ToArray() is { Length: > 0 } names
            ? draft.Pick(names)
            : null;

    private string? Sometimes(VariableKind kind) => draft.OneIn(2) ? null : Variable(kind);

    /// <summary>A call of a module from a tensor to a tensor; null where there is none.</summary>
    /// <param name="isFixed">Whether its result must have the dtype of the layers.</param>
    /// <param name="depth">How deep it stands.</param>
    public string? Call(bool isFixed, int depth)
    {
        var modules = members.Modules.Where(module => module.Form.Result == "Tensor" && (module.IsFixed || !isFixed)).ToArray();
        return modules.Length == 0 ? null : Call(draft.Pick(modules), depth);
    }

    /// <summary>A call of one module.</summary>
    public string Call((string Name, ModuleForm Form, bool IsFixed) module, int depth)
    {
        var arguments = module.Form switch
        {
            _ when module.Form == ModuleForm.Masked => $"{Fixed(depth + 1)}, {Mask(depth + 1)}",
            _ when module.Form == ModuleForm.Indexed => $"{Fixed(depth + 1)}, {Of(VariableKind.Indices)}",
            _ when module.Form == ModuleForm.OfState => Of(VariableKind.State, depth + 1),
            _ when module.Form == ModuleForm.OfList => Of(VariableKind.List, depth + 1),
            _ when module.Form == ModuleForm.OfDictionary => Of(VariableKind.Dictionary, depth + 1),
            _ => Fixed(depth + 1),
        };
        return $"{module.Name}.{(draft.OneIn(3) ? "forward" : "call")}({arguments})";
    }

    /// <summary>A tensor that layers take.</summary>
    public string Fixed(int depth)
    {
        if (depth >= MaximumDepth)
        {
            return Variable(VariableKind.Fixed)!;
        }

        var deeper = depth + 1;
        switch (draft.Choose(22))
        {
            case 0 or 1 or 2 or 3:
                return Variable(VariableKind.Fixed)!;
            case 4 or 5 or 6 or 7:
                return Call(isFixed: true, depth) ?? Variable(VariableKind.Fixed)!;
            case 8 or 9:
                return $"{Fixed(deeper)}.{draft.Pick(Keeping)}";
            case 10:
                return $"({Fixed(deeper)} {draft.Pick("+", "-", "*")} {Fixed(deeper)})";
            case 11:
                return $"({Fixed(deeper)} {draft.Pick("+", "-", "*", "/")} {draft.Pick(members.Numbers)})";
            case 12:
                return draft.Pick($"{Free(deeper)}.to({Fixed(deeper)}.dtype)", $"{Free(deeper)}.type_as({Fixed(deeper)})");
            case 13:
                // matmul ends the process where libtorch refuses two dtypes.
                var factor = Variable(VariableKind.Fixed)!;
                return draft.Pick($"{Fixed(deeper)}.mm({Fixed(deeper)})", $"{factor}.matmul({factor}{draft.Pick("", ".t()", ".transpose(0, 1)")})");
            case 14:
                return draft.Pick($"where({Mask(deeper)}, {Fixed(deeper)}, {Fixed(deeper)})", $"{Fixed(deeper)}.masked_fill({Mask(deeper)}, {draft.Pick("0", "-100", "0.5")})");
            case 15 or 16 when members.Helpers.Where(static helper => helper.IsFixed).ToArray() is { Length: > 0 } helpers:
                return string.Format(CultureInfo.InvariantCulture, draft.Pick(helpers).Call, Fixed(deeper));
            case 17 when members.Conditions.Count > 0:
                return $"({draft.Pick(members.Conditions)} ? {Fixed(deeper)} : {Fixed(deeper)})";
            case 18 when members.Weights.Count > 0:
                return $"({Fixed(deeper)} {draft.Pick("+", "*")} {draft.Pick(members.Weights)})";
            case 18 when members.Embeddings.Count > 0:
                return $"{draft.Pick(members.Embeddings)}.call({Of(VariableKind.Indices)})";
            case 19:
                return draft.Pick(
                    $"cat([{Fixed(deeper)}, {Fixed(deeper)}], 0).narrow(0, 0, 4)", $"stack([{Fixed(deeper)}, {Fixed(deeper)}]).sum([0L])", $"{Fixed(deeper)}.chunk(2, -1)[0].repeat(1, 2)",
                    $"zeros_like({Fixed(deeper)})", $"ones(4, 4, dtype: {Fixed(deeper)}.dtype)", $"new[] {{ {Fixed(deeper)}, {Fixed(deeper)} }}[1]");
            case 20:
                return Part(VariableKind.State) ?? Part(VariableKind.List) ?? Variable(VariableKind.Fixed)!;
            case 21:
                return Part(VariableKind.Pair) ?? Part(VariableKind.Dictionary) ?? $"({Fixed(deeper)} * {draft.Pick(Mask(deeper), "arange(4)")})";
            default:
                return Variable(VariableKind.Fixed)!;
        }
    }

    /// <summary>A part of a record, a tuple or a collection; null where no variable has any.</summary>
    public string? Part(VariableKind kind) => Variable(kind) is not { } variable ? null : kind switch
    {
        VariableKind.State => variable + draft.Pick(".Left", ".Right"),
        VariableKind.Pair => variable + draft.Pick(".Item1", ".Item2"),
        VariableKind.List => draft.Pick($"{variable}[0]", $"{variable}[1]", $"{variable}[^1]", $"{variable}.Last()", $"stack({variable}).sum([0L])"),
        VariableKind.Dictionary => variable + draft.Pick("[\"a\"]", "[\"b\"]"),
        _ => null,
    };

    private string Free(int depth)
    {
        if (depth >= MaximumDepth)
        {
            return Sometimes(VariableKind.Free) ?? Variable(VariableKind.Fixed)!;
        }

        var deeper = depth + 1;
        return draft.Choose(10) switch
        {
            0 => Variable(VariableKind.Free) ?? Fixed(deeper),
            1 or 2 => $"{(draft.OneIn(2) ? Fixed(deeper) : Free(deeper))}.{draft.Pick(Casts)}",
            3 or 4 => $"{Fixed(deeper)}.{draft.Pick(Changing)}",
            5 => $"({Free(deeper)} {draft.Pick("+", "-", "*")} {Fixed(deeper)})",
            6 => $"({Free(deeper)} * {draft.Pick(members.Numbers)})",
            7 => draft.Pick("ones(4, 4)", "rand(4, 4, dtype: ScalarType.Float16)", "eye(4)", "zeros(4, 4, dtype: ScalarType.BFloat16)", "arange(0f, 4f)", $"full_like({Fixed(deeper)}, 0.5)"),
            8 => Call(isFixed: false, depth) ?? Fixed(deeper),
            _ => members.Helpers.Count > 0 ? string.Format(CultureInfo.InvariantCulture, draft.Pick(members.Helpers).Call, Fixed(deeper)) : Fixed(deeper),
        };
    }

    private string Mask(int depth) => draft.Choose(4) switch
    {
        0 or 1 => Variable(VariableKind.Mask) ?? "ones(4, 4).tril().to(ScalarType.Bool)",
        2 => $"({Fixed(Math.Max(depth, MaximumDepth - 1))} > 0)",
        _ => draft.Pick("ones(4, 4).triu(1).eq(0)", "(rand(4, 4) > 0.5)", "ones(4, 4, dtype: ScalarType.Bool)"),
    };

    private string State(int depth)
    {
        var state = Variable(VariableKind.State);
        return draft.Choose(3) switch
        {
            0 when state is not null => state,
            1 when state is not null => $"({state} with {{ {draft.Pick("Left", "Right")} = {Fixed(depth)} }})",
            _ => $"new State({Fixed(depth)}, {Fixed(depth)})",
        };
    }
}
