using System.Text;
using CsCheck;

namespace Precision.Flow.Tests.Infrastructure;

/// <summary>
/// Writes methods that compute with tensors of all dtypes: casts, promotions, operations of the table, in-place ones, branches,
/// loops, tuples, lambdas, helpers and regions. Every choice is taken from a list of bytes, so that shorter lists and smaller bytes
/// give simpler methods.
/// </summary>
internal sealed class RandomMethod
{
    private static readonly string[] Dtypes = ["Float32", "Float16", "BFloat16", "Float64", "Int64", "Int32", "Bool", "Byte"];
    private static readonly string[] Casts = ["half()", "bfloat16()", "@float()", "@double()", "@long()", "@int()", "@bool()"];
    private static readonly string[] Unary =
    [
        "relu()", "abs()", "exp()", "sigmoid()", "tanh()", "square()", "cumsum(0)", "softmax(-1)", "log()", "neg()", "round()", "clone()", "detach()", "t()",
        "sign()", "clamp(0, 1)", "pow(2)", "pow(0.5)", "erf()", "gelu()", "log_softmax(0)", "cumprod(1)", "contiguous()", "isnan()", "nan_to_num()",
        "roll(1)", "triu()", "sqrt()", "rsqrt()", "floor()", "softmax(-1, ScalarType.Float32)", "cos()", "log1p()", "expm1()", "silu()", "softplus()",
        "reciprocal()", "trunc()", "logcumsumexp(0)", "tril()", "flip(0)", "exp2()", "sinc()", "signbit()", "logical_not()", "argsort(0)", "addcmul(x, y, 1)",
        "lerp(x, 0.5)", "masked_fill(y > 0, 2)", "masked_fill(y > 0, 0.5)", "index_select(0, tensor(new[] { 1L, 0L }))", "hypot(y)", "logaddexp(x)",
        "sum([0L], true).expand(2, 2)", "mean([0L], true).expand(2, 2)", "amax([1L], true).expand(2, 2)", "std(0, keepdim: true).expand(2, 2)",
        "prod(0, keepdim: true).expand(2, 2)", "cumsum(0, ScalarType.Float64)", "isfinite()", "ceil()", "acos()", "rad2deg()", "relu6()", "leaky_relu(0.1)",
    ];

    private static readonly string[] Reductions =
    [
        "sum()", "mean()", "max()", "amax(0, 1)", "prod()", "sum(ScalarType.Float32)", "norm()", "std()", "any()", "argmax()", "logsumexp(0).sum()",
    ];

    private static readonly string[] Binary =
    [
        "add", "sub", "mul", "div", "maximum", "minimum", "pow", "eq", "lt", "atan2", "fmod", "true_divide", "floor_divide", "remainder", "logical_and",
        "copysign", "fmax", "ne", "xlogy",
    ];

    private static readonly string[] Operators = ["+", "-", "*", "/", ">", "<="];
    private static readonly string[] Factories = ["rand(2, 2)", "arange(4).reshape(2, 2)", "full(2, 2, 3)", "full(2, 2, 0.5)", "eye(2)"];
    private static readonly string[] Numbers = ["1", "2.5f", "0.5", "3L", "(Scalar)2"];
    private static readonly string[] InPlace = ["add_", "mul_", "sub_", "div_", "copy_"];
    private static readonly string[] Regions =
    [
        "Autocast.Enter(CPU, Dtype.BFloat16)", "Autocast.Enter(CPU, Dtype.Float16)", "Autocast.Disable(CPU)", "Autocast.Enter(CPU, Dtype.Float32)",
        "Autocast.Enter(device, Dtype.BFloat16)", "Autocast.Enter(device, Dtype.Auto)",
    ];

    private const int MaximumDepth = 3;
    private const int HelperLength = 30;

    private readonly byte[] choices;
    private readonly int helpers;
    private readonly bool isHelper;
    private readonly StringBuilder text = new();
    private readonly List<(string Name, bool IsScalar)> variables = [("a", false), ("b", false), ("s", true), ("x", false), ("y", false), ("z", true)];
    private readonly List<string> functions = [];
    private int next;
    private int names;

    /// <param name="choices">What is left to choose.</param>
    /// <param name="helpers">How many helpers it may call.</param>
    /// <param name="isHelper">
    /// Whether it is one itself. Helpers run in regions that their own code does not show, and tell nothing; what they return does.
    /// </param>
    private RandomMethod(byte[] choices, int helpers, bool isHelper) => (this.choices, this.helpers, this.isHelper) = (choices, helpers, isHelper);

    /// <summary>The choices of one method.</summary>
    public static Gen<byte[]> Choices => Gen.Byte.Array[20, 140];

    /// <summary>A class with a method for each list of choices, and <c>Run()</c> that runs each of them on two inputs.</summary>
    public static string Class(string name, IReadOnlyList<byte[]> methods)
    {
        var text = new StringBuilder($"public static class {name}\n{{\n");
        var helpers = methods.Count / 5;
        for (var i = 0; i < helpers; i++)
        {
            text.Append(new RandomMethod([.. methods[^(i + 1)].Take(HelperLength)], helpers: i, isHelper: true).Write($"H{i}"));
        }

        for (var i = 0; i < methods.Count; i++)
        {
            text.Append(new RandomMethod(methods[i], helpers, isHelper: false).Write($"M{i}"));
        }

        text.Append("    public static void Run()\n    {\n");
        for (var i = 0; i < methods.Count; i++)
        {
            var dtypes = methods[i].Select(static choice => Dtypes[choice / Dtypes.Length % Dtypes.Length]).ToArray();
            text.Append(Run($"M{i}", dtypes[0], dtypes[1], dtypes[2], "true, 0")).Append(Run($"M{i}", dtypes[3], dtypes[4], dtypes[5], "false, 2"));
        }

        return text.Append("    }\n}\n").ToString();
    }

    /// <summary>Runs a method. libtorch refuses some combinations of dtypes: then the rest of the method does not run.</summary>
    private static string Run(string method, string x, string y, string z, string others) => $$"""
                try { {{method}}(ones(2, 2, dtype: ScalarType.{{x}}), ones(2, 2).to(ScalarType.{{y}}), tensor(2f).to(ScalarType.{{z}}), CPU, {{others}}); }
                catch (System.Runtime.InteropServices.ExternalException) { }
                catch (ArgumentException) { }

        """;

    private string Write(string name)
    {
        Line(1, $"private static Tensor {name}(Tensor x, Tensor y, Tensor z, Device device, bool condition, int count)");
        Line(1, "{");
        Line(2, $"var a = ones(2, 2, dtype: ScalarType.{Pick(Dtypes)});");
        Line(2, $"var b = rand(2, 2).to(ScalarType.{Pick(Dtypes)});");
        Line(2, $"var s = tensor(2f).to(ScalarType.{Pick(Dtypes)});");
        while (next < choices.Length)
        {
            Statement(2);
        }

        Line(2, $"return {Matrix(0)};");
        return text.Append("    }\n").ToString();
    }

    private int Choose(int count) => next < choices.Length ? choices[next++] % count : 0;

    private string Pick(string[] items) => items[Choose(items.Length)];

    private void Line(int indent, string line) => text.Append(' ', indent * 4).Append(line).Append('\n');

    private string Name() => $"v{names++}";

    private void Block(int indent)
    {
        var known = (variables.Count, functions.Count);
        Line(indent, "{");
        for (var count = 1 + Choose(3); count > 0; count--)
        {
            Statement(indent + 1);
        }

        Line(indent, "}");
        variables.RemoveRange(known.Item1, variables.Count - known.Item1);
        functions.RemoveRange(known.Item2, functions.Count - known.Item2);
    }

    private void Statement(int indent)
    {
        var isNested = indent > MaximumDepth;
        switch (Choose(isNested ? 11 : 21))
        {
            case 0 or 1:
                Declare(indent);
                break;
            case 2 or 3:
                var (assigned, isScalar) = variables[Choose(variables.Count)];
                Line(indent, $"{assigned} = {(isScalar ? Scalar(0) : Matrix(0))};");
                Tell(indent, assigned);
                break;
            case 4:
                var changed = AnyMatrix();
                Line(indent, $"{changed} {Pick(["+=", "*=", "-=", "/="])} {Operand(1)};");
                Tell(indent, changed);
                break;
            case 5:
                var written = AnyMatrix();
                Line(indent, $"{written}.{Pick(InPlace)}({Matrix(1)});");
                Tell(indent, written);
                break;
            case 6:
                var (first, second) = (Name(), Name());
                Line(indent, $"var ({first}, {second}) = ({Matrix(0)}, {Matrix(0)});");
                variables.AddRange([(first, false), (second, false)]);
                Tell(indent, second);
                break;
            case 7:
                var (left, right) = (AnyMatrix(), AnyMatrix());
                Line(indent, $"({left}, {right}) = ({Matrix(1)}, {Matrix(1)});");
                Tell(indent, left);
                break;
            case 8:
                var array = Name();
                Line(indent, $"var {array} = new[] {{ {Matrix(1)}, {Matrix(1)} }};");
                if (Choose(2) == 0)
                {
                    Line(indent, $"{array}[{Choose(2)}] = {Matrix(0)};");
                }

                Tell(indent, $"{array}[{Choose(2)}]");
                Tell(indent, $"cat({array})");
                break;
            case 9:
                var nothing = Name();
                Line(indent, $"Tensor? {nothing} = condition ? {Matrix(1)} : null;");
                Line(indent, $"{nothing} ??= {Matrix(1)};");
                variables.Add((nothing, false));
                Tell(indent, nothing);
                break;
            case 10:
                Tell(indent, Matrix(0));
                break;
            case 11 or 12:
                Line(indent, Choose(2) == 0 ? "if (condition)" : "if (count > 0)");
                Block(indent);
                if (Choose(2) == 0)
                {
                    Line(indent, "else");
                    Block(indent);
                }

                TellAny(indent);
                break;
            case 13:
                var counter = Name();
                var times = Choose(3);
                Line(indent, times == 2 ? "while (count-- > 0)" : $"for (var {counter} = 0; {counter} < {(times == 0 ? "count" : "2")}; {counter}++)");
                Block(indent);
                TellAny(indent);
                break;
            case 14:
                var item = Name();
                Line(indent, $"foreach (var {item} in new[] {{ {Matrix(1)}, {Matrix(1)} }})");
                Line(indent, "{");
                Tell(indent + 1, item);
                Line(indent + 1, $"{AnyMatrix()} = {item};");
                Line(indent, "}");
                TellAny(indent);
                break;
            case 15 or 16:
                Line(indent, $"using ({Pick(Regions)})");
                Block(indent);
                TellAny(indent);
                break;
            case 17 or 18 or 19:
                var function = Name();
                var parameter = Name();
                variables.Add((parameter, false));
                Line(indent, Choose(2) == 0
                    ? $"Func<Tensor, Tensor> {function} = {parameter} => {(isHelper ? "" : "Witness.Tells")}({Matrix(0)});"
                    : $"Tensor {function}(Tensor {parameter}) => {(isHelper ? "" : "Witness.Tells")}({Matrix(0)});");
                variables.Remove((parameter, false));
                functions.Add(function);
                Tell(indent, $"{function}({Matrix(1)})");
                break;
            default:
                Line(indent, "try");
                Block(indent);
                Line(indent, "finally");
                Block(indent);
                TellAny(indent);
                break;
        }
    }

    private void Declare(int indent)
    {
        var (variable, isScalar) = (Name(), Choose(5) == 4);
        Line(indent, $"var {variable} = {(isScalar ? Scalar(0) : Matrix(0))};");
        variables.Add((variable, isScalar));
        Tell(indent, variable);
    }

    private void Tell(int indent, string expression) => Line(indent, Told(expression) + ";");

    private string Told(string expression) => isHelper ? $"_ = {expression}" : $"Witness.Tells({expression})";

    private void TellAny(int indent) => Tell(indent, variables[Choose(variables.Count)].Name);

    private string AnyMatrix()
    {
        var matrices = variables.Where(static variable => !variable.IsScalar).ToArray();
        return matrices[Choose(matrices.Length)].Name;
    }

    /// <summary>A matrix, a tensor without dimensions, or a number.</summary>
    private string Operand(int depth) => Choose(3) switch
    {
        0 => Matrix(depth),
        1 => Scalar(depth),
        _ => Pick(Numbers),
    };

    private string Tensor(int depth) => Choose(2) == 0 ? Matrix(depth) : Scalar(depth);

    private string Matrix(int depth)
    {
        if (depth > MaximumDepth)
        {
            return AnyMatrix();
        }

        var deeper = depth + 1;
        switch (Choose(19))
        {
            case 0 or 1:
                return AnyMatrix();
            case 2 or 3:
                return $"{Matrix(deeper)}.{Pick(Casts)}";
            case 4:
                return $"{Matrix(deeper)}.to(ScalarType.{Pick(Dtypes)})";
            case 5 or 6:
                return $"({Matrix(deeper)} {Pick(Operators)} {Operand(deeper)})";
            case 7:
                return $"{Matrix(deeper)}.{Pick(Binary)}({Tensor(deeper)})";
            case 8 or 9:
                return $"{Matrix(deeper)}.{Pick(Unary)}";
            case 10:
                var dtype = Pick(Casts[..4]);
                return $"{Matrix(deeper)}.{dtype}.mm({Matrix(deeper)}.{dtype})";
            case 11:
                return Choose(2) == 0 ? $"ones(2, 2, dtype: ScalarType.{Pick(Dtypes)})" : Pick(Factories);
            case 12:
                return $"{Pick(["zeros_like", "ones_like"])}({Matrix(deeper)}{(Choose(2) == 0 ? "" : $", dtype: ScalarType.{Pick(Dtypes)}")})";
            case 13:
                return $"(condition ? {Matrix(deeper)} : {Matrix(deeper)})";
            case 14:
                return $"where({Matrix(deeper)} > 0, {Matrix(deeper)}, {Tensor(deeper)})";
            case 15:
                return $"{Pick(["cat", "stack"])}([{Matrix(deeper)}, {Matrix(deeper)}]).flatten()[0].expand(2, 2)";
            case 16:
                return functions.Count > 0 ? $"{functions[Choose(functions.Count)]}({Matrix(deeper)})" : $"{Matrix(deeper)}.type_as({Tensor(deeper)})";
            case 17:
                return helpers > 0 ? $"H{Choose(helpers)}({Matrix(deeper)}, {Matrix(deeper)}, {Scalar(deeper)}, device, condition, 0)" : AnyMatrix();
            default:
                return $"({Matrix(deeper)}, {Scalar(deeper)}).Item1";
        }
    }

    private string Scalar(int depth)
    {
        var scalars = variables.Where(static variable => variable.IsScalar).ToArray();
        if (depth > MaximumDepth)
        {
            return scalars[Choose(scalars.Length)].Name;
        }

        return Choose(6) switch
        {
            0 or 1 => scalars[Choose(scalars.Length)].Name,
            2 => $"{Matrix(depth + 1)}.{Pick(Reductions)}",
            3 => $"({Scalar(depth + 1)} {Pick(Operators)} {(Choose(2) == 0 ? Scalar(depth + 1) : Pick(Numbers))})",
            4 => $"{Scalar(depth + 1)}.{Pick(Casts)}",
            _ => Pick(["tensor(2)", "tensor(2.5f)", "tensor(0.5)", "tensor(true)", "tensor(1, dtype: ScalarType.BFloat16)"]),
        };
    }
}
