using Precision.Generator.Operations;

namespace Precision.Generator.Interception;

/// <summary>Hands what the table says about an operation to the run time.</summary>
internal static class Float32DevicesSource
{
    private const string Type = "global::Precision.CompilerServices.Float32Devices";

    /// <summary>The policy of the softmax modules, which are told apart at run time: they share it, as a test checks.</summary>
    public static string Softmax { get; } = OperationTable.All
        .First(static operation => operation is { IsPinned: true, Member: OperationTable.Forward })
        .Float32Devices();

    /// <summary>The kinds of device on which autocast runs the operation in float32, as source.</summary>
    public static string Float32Devices(this Operation operation) => (IsFloat32(operation.Cpu), IsFloat32(operation.Cuda)) switch
    {
        (false, false) => Type + ".None",
        (true, false) => Type + ".Cpu",
        (false, true) => Type + ".Accelerators",
        (true, true) => $"{Type}.Cpu | {Type}.Accelerators",
    };

    private static bool IsFloat32(AutocastPolicy policy)
        => policy is AutocastPolicy.Float32 or AutocastPolicy.Float32DefaultDtype or AutocastPolicy.Float32AppendDtype;
}
