using Precision.Runtime.Tests.Generated;
using Precision.Runtime.Tests.Layers;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Hazards;

/// <summary>
/// The ways that tensors take through the library, without a dispose scope: what a call makes or is given as its last use is the
/// collector's at once. What the paths themselves give to TorchSharp they keep alive.
/// </summary>
internal static class PublicPaths
{
    private const int Repetitions = 40;

    /// <summary>Each path, with the public methods that it reaches.</summary>
    public static IReadOnlyDictionary<string, (Action Run, string[] Methods)> All { get; } = new Dictionary<string, (Action, string[])>
    {
        ["region"] = (
            static () => ForwardPaths.Forward(new Wide()),
            ["ForwardDevice.Or", "ForwardRegion.Enter", "ForwardRegion.Input", "ForwardRegion.Output", "ForwardRegion.Return"]),
        ["true 16-bit"] = (
            static () => ForwardPaths.Forward(
                ForwardPaths.Prepared(new Wide { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) })),
            ["GeneratedModel.CreateMasterWeights", "IMixedPrecisionModule.CreateMasterWeights"]),
        ["float32"] = (
            static () =>
            {
                ForwardPaths.Forward(new Float32Layer(), columns: 4, ScalarType.BFloat16);
                ForwardPaths.Forward(new MarkedLayer(), columns: 4);
            },
            ["ForwardRegion.EnterFullPrecision"]),
        ["several tensors"] = (
            ForwardPaths.SeveralTensors,
            ["ForwardDevice.OrAny", "ForwardRegion.InputAny", "ForwardRegion.OutputAny"]),
        ["containers"] = (
            ForwardPaths.Containers,
            ["ForwardCollections.Items", "ForwardCollections.Values", "ForwardDevice.OrEach", "ForwardRegion.ReturnAny", "GeneratedModel.Copy"]),
        ["autograd function"] = (ForwardPaths.Function, ["FunctionRegion.Output"]),
        ["listed methods"] = (ForwardPaths.ListedMethods, ["ForwardRegion.EnterFloat32", "ForwardRegion.EnterLowerPrecision"]),
        ["training"] = (
            static () =>
            {
                TrainingPaths.Train(Dtype.BFloat16, Dtype.BFloat16);
                TrainingPaths.Train(Dtype.Float16, Dtype.Float32);
            },
            ["MixedPrecisionTraining.Create", "MixedPrecisionTraining.Backward", "MixedPrecisionTraining.Step", "MixedPrecisionTraining.Gradients",
                "MixedPrecisionTraining.FindNonFinite", "MixedPrecisionTraining.Save", "MixedPrecisionTraining.Load"]),
        ["masters by hand"] = (
            TrainingPaths.Masters,
            ["MasterWeights.CopyGradients", "MasterWeights.CopyToModel", "MasterWeights.CopyFromModel", "MasterWeights.named_parameters",
                "MasterWeights.state_dict", "MasterWeights.load_state_dict"]),
        ["scaler"] = (
            TrainingPaths.Scaler,
            ["GradScaler.scale", "GradScaler.unscale_", "GradScaler.step", "GradScaler.update", "GradScaler.get_scale", "GradScaler.WasSkipped"]),
        ["optimizers"] = (
            TrainingPaths.Optimizers,
            ["FusedOptimizer.step", "FusedOptimizer.state_dict", "FusedOptimizer.load_state_dict", "FusedOptimizer.zero_grad"]),
        ["process group"] = (
            TrainingPaths.Group,
            ["ProcessGroup.AllReduce", "ProcessGroup.Broadcast"]),
        ["fused operations"] = (
            ForwardPaths.FusedOperations,
            ["Fused.bias_gelu", "Fused.add_layer_norm", "Fused.cross_entropy", "Fused.linear_chunk", "Fused.linear_cross_entropy"]),
        ["interceptors"] = (
            ForwardPaths.Interceptors,
            ["PinnedOperations.log_softmax", "PinnedOperations.softmin", "PinnedOperations.softmax2d", "PinnedDtype.For", "FusedLinear.linear",
                "FusedCrossEntropy.cross_entropy", "ModuleCalls.Call", "ModuleCalls.Forward"]),
        ["attention"] = (ForwardPaths.Attention, ["LayerRegion.Enter", "LayerRegion.Input", "LayerRegion.Output"]),
        ["bilinear"] = (
            static () => ForwardPaths.Forward(new Pairs(), randn(20_000, 4)),
            ["LayerRegion.Enter", "LayerRegion.Input", "LayerRegion.Output"]),
        ["LSTM"] = (
            static () => ForwardPaths.Forward(new Stateful(), randn(60, 40, 4)),
            ["LayerRegion.Enter", "LayerRegion.Input", "LayerRegion.Output"]),
        ["weights"] = (
            TrainingPaths.Weights,
            ["ModelWeights.ConvertParameters", "ModelWeights.LoadWeights", "ModelWeights.Read", "ModelWeights.ExportFloat32"]),
        ["inspection"] = (
            TrainingPaths.Inspection,
            ["PrecisionPlan.Of", "PrecisionOptions.ApplyTo", "IComparedTraining.Step"]),
    };

    public static void Repeat(Action action, int times = Repetitions)
    {
        for (var i = 0; i < times; i++)
        {
            action();
        }
    }

    public static void Keep(params object[] used) => GC.KeepAlive(used);
}
