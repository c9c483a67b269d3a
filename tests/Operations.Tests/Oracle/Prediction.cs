using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Operations.Tests.Oracle;

/// <summary>What the table says that a call in a BFloat16 region does.</summary>
internal static class Prediction
{
    /// <summary>libtorch's number; TorchSharp has no name for it.</summary>
    private const ScalarType ComplexFloat16 = (ScalarType)8;

    /// <summary>Null when the outcome is the predicted one; else what was predicted.</summary>
    public static string? Contradiction(Operation operation, Probe probe, Outcome outcome)
    {
        var policy = operation.IsPinned ? AutocastPolicy.Unlisted : probe.Device is DeviceType.CPU ? operation.Cpu : operation.Cuda;
        switch (policy)
        {
            case AutocastPolicy.Banned:
                return outcome.IsBan ? null : "banned";
            case AutocastPolicy.Promote when probe.Receiver is ScalarType.Float16:
                return outcome.IsPromoteRefusal ? null : "refused, since the region's dtype is BFloat16";

            // Here an error shows that nothing was cast.
            case AutocastPolicy.Unlisted when outcome.IsMismatch || (outcome.IsMissingKernel && Is16Bit(probe.Receiver)):
                return null;

            // Operations made of several check their operands before autocast casts them.
            case not AutocastPolicy.Unlisted when outcome.IsMixed && outcome.IsMismatch:
                return null;
        }

        var expected = Dtype(operation, policy, probe, outcome.IsMixed);
        return outcome.Dtype == expected ? null : expected.ToString();
    }

    private static ScalarType Dtype(Operation operation, AutocastPolicy policy, Probe probe, bool isMixed)
    {
        var given = isMixed && operation.Result is ResultDtype.Promoted ? ScalarType.Float32 : probe.Receiver;
        var floating = policy switch
        {
            AutocastPolicy.LowerPrecision => Probe.Region,
            AutocastPolicy.Float16 => ScalarType.Float16,
            AutocastPolicy.Float32 or AutocastPolicy.Float32DefaultDtype or AutocastPolicy.Float32AppendDtype => ScalarType.Float32,
            AutocastPolicy.Composite => given is Probe.Region ? Probe.Region : ScalarType.Float32,
            _ => given,
        };
        return operation.Result switch
        {
            ResultDtype.Bool => ScalarType.Bool,
            ResultDtype.Int64 => ScalarType.Int64,
            ResultDtype.Float64 => ScalarType.Float64,
            ResultDtype.Weight => ScalarType.Float32,
            ResultDtype.Complex => floating is ScalarType.Float16 ? ComplexFloat16 : ScalarType.ComplexFloat32,
            _ => floating,
        };
    }

    private static bool Is16Bit(ScalarType dtype) => dtype is ScalarType.Float16 or ScalarType.BFloat16;
}
