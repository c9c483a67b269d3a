using Precision.Generator.Forward.Models;

namespace Precision.Generator.Forward;

/// <summary>
/// Writes the expressions that find and cast the tensors of a value, and the local functions that they call for values made of others.
/// A function that casts says whether it has replaced its argument: what holds nothing to cast is not copied.
/// </summary>
internal sealed class ForwardFunctions(ForwardBody.LocalNames names)
{
    public const string CompilerServices = "global::Precision.CompilerServices.";
    private const string Region = "region";
    private const string Value = "value";

    private readonly Dictionary<(string Method, ValueShape Shape), string> known = [];
    private readonly List<IReadOnlyList<string>> functions = [];

    /// <summary>The functions that the expressions so far need.</summary>
    public IEnumerable<IReadOnlyList<string>> Written => functions;

    /// <summary>The device of a value's tensors, where none before it decided.</summary>
    public string Device(string device, string value, ValueShape shape) => shape.Kind switch
    {
        ValueKind.Tensor => $"{device}.Or({value})",
        ValueKind.Generic => $"{device}.OrAny({value})",
        ValueKind.Items => $"{device}.OrEach({value}, {DeviceFunction(shape.Element)})",
        ValueKind.Dictionary => $"{device}.OrEach({value}?.Values, {DeviceFunction(shape.Element)})",
        ValueKind.Opaque or ValueKind.OutOfReach => device,
        _ => $"{DeviceFunction(shape)}({device}, {value})",
    };

    /// <summary>Casts the tensors of a variable by one of the region's methods; true where that replaced it.</summary>
    public string Cast(string method, string region, string variable, ValueShape shape) => shape.Kind switch
    {
        ValueKind.Tensor => $"{region}.{method}(ref {variable})",
        ValueKind.Generic => $"{region}.{method}Any(ref {variable})",
        ValueKind.Items => $"{CompilerServices}ForwardCollections.Items<{shape.Type}, {shape.Element.Type}>"
            + $"({region}, ref {variable}, {CastFunction(method, shape.Element)})",
        ValueKind.Dictionary => $"{CompilerServices}ForwardCollections.Values<{shape.Type}, {shape.Members[0].Shape.Type}, {shape.Element.Type}>"
            + $"({region}, ref {variable}, {CastFunction(method, shape.Element)})",
        _ => $"{CastFunction(method, shape)}({region}, ref {variable})",
    };

    private string DeviceFunction(ValueShape shape)
        => Function("Device", shape, name =>
        [
            $"static {CompilerServices}ForwardDevice {name}({CompilerServices}ForwardDevice device, {shape.Type} {Value})",
            .. shape.Kind switch
            {
                ValueKind.Nullable => Arrow($"{Value}.HasValue ? {Device("device", Value + ".Value", shape.Element)} : device"),
                ValueKind.Record or ValueKind.Struct or ValueKind.Class or ValueKind.Tuple
                    => Arrow((IsReference(shape) ? $"{Value} is null ? device : " : "") + Parts(shape).Aggregate(
                        "device", (device, member) => Device(device, $"{Value}.{member.Name}", member.Shape))),
                _ => Arrow(Device("device", Value, shape)),
            },
        ]);

    private string CastFunction(string method, ValueShape shape)
        => Function(method, shape, name =>
        [
            $"static bool {name}({CompilerServices}ForwardRegion {Region}, ref {shape.Type} {Value})",
            .. shape.Kind switch
            {
                ValueKind.Tuple => Arrow(string.Join(
                    " | ", Parts(shape).Select(member => Cast(method, Region, $"{Value}.{member.Name}", member.Shape)))),
                ValueKind.Nullable => Block(OfNullable(method, shape)),
                ValueKind.Record or ValueKind.Struct or ValueKind.Class => Block(OfMembers(method, shape)),
                _ => Arrow(Cast(method, Region, Value, shape)),
            },
        ]);

    private IEnumerable<string> OfNullable(string method, ValueShape shape) =>
    [
        .. Unless($"{Value}.HasValue"),
        $"{shape.Element.Type} item = {Value}.Value;",
        .. Unless(Cast(method, Region, "item", shape.Element)),
        $"{Value} = item;",
        "return true;",
    ];

    private IEnumerable<string> OfMembers(string method, ValueShape shape)
    {
        var parts = Parts(shape).Select(static (member, index) => (Member: member, Variable: "item" + index)).ToArray();
        return
        [
            .. IsReference(shape) ? Unless($"({Value} is not null)") : [],
            .. parts.Select(static part => $"{part.Member.Shape.Type} {part.Variable} = {Value}.{part.Member.Name};"),
            .. Unless($"({string.Join(" | ", parts.Select(part => Cast(method, Region, part.Variable, part.Member.Shape)))})"),
            .. shape.Kind switch
            {
                ValueKind.Record =>
                [
                    $"{Value} = {Value} with {{ {string.Join(", ", parts.Select(static part => $"{part.Member.Name} = {part.Variable}"))} }};",
                ],
                ValueKind.Struct => parts.Select(static part => $"{Value}.{part.Member.Name} = {part.Variable};"),
                _ =>
                [
                    $"{shape.Type} copy = {CompilerServices}GeneratedModel.Copy({Value});",
                    .. parts.Select(part => part.Member.InitializedIn is { } declaring
                        ? $"{Initializer(declaring, part.Member)}(copy, {part.Variable});"
                        : $"copy.{part.Member.Name} = {part.Variable};"),
                    $"{Value} = copy;",
                ],
            },
            "return true;",
        ];
    }

    /// <summary>A function that sets an init-only member of a copy, for which C# has words in an object initializer only.</summary>
    private string Initializer(string declaring, ValueMember member)
        => Function("Set" + member.Name.TrimStart('@'), new(ValueKind.Class, declaring), name =>
        [
            "[global::System.Runtime.CompilerServices.UnsafeAccessor(global::System.Runtime.CompilerServices.UnsafeAccessorKind.Method, "
                + $"Name = \"set_{member.Name.TrimStart('@')}\")]",
            $"static extern void {name}({declaring} target, {member.Shape.Type} value);",
        ]);

    private string Function(string method, ValueShape shape, Func<string, IReadOnlyList<string>> write)
    {
        if (!known.TryGetValue((method, shape), out var name))
        {
            known[(method, shape)] = name = names.Unique(method + known.Count(function => function.Key.Method == method));
            var position = functions.Count;
            functions.Add([]);
            functions[position] = write(name);
        }

        return name;
    }

    private static IEnumerable<ValueMember> Parts(ValueShape shape) => shape.Members.Where(static member => member.Shape.HasTensors);

    private static bool IsReference(ValueShape shape) => shape is { Kind: ValueKind.Class or ValueKind.Record, IsValueType: false };

    /// <summary>Statements that replace nothing unless a condition holds.</summary>
    private static IEnumerable<string> Unless(string condition) => [$"if (!{condition})", .. Block(["return false;"]), ""];

    private static IEnumerable<string> Arrow(string expression) => [$"    => {expression};"];

    private static IEnumerable<string> Block(IEnumerable<string> lines)
        => ["{", .. lines.Select(static line => line.Length == 0 ? line : "    " + line), "}"];
}
