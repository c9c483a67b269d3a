using Precision.Generator.Forward.Models;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Functions;

/// <summary>Writes the generated file of one marked autograd function: its forward and its backward.</summary>
internal static class FunctionWriter
{
    private const string Region = "global::Precision.CompilerServices.FunctionRegion";
    private const string Context = "global::TorchSharp.torch.autograd.AutogradContext";
    private const string Tensor = "global::TorchSharp.torch.Tensor";
    private const string Tensors = $"global::System.Collections.Generic.List<{Tensor}>";

    public static string Write(FunctionClass model) => PartialType.Write(model.Namespace, model.Declarations, @interface: null, writer =>
    {
        var result = model.IsMulti ? Tensors : Tensor;
        var isOwnDtype = model.CastInputs is not Dtype.Unspecified;
        var forwardCore = $"this.{FunctionAnalysis.CoreOf(OperationTable.Forward)}(ctx, vars)";
        writer.Line(isOwnDtype
            ? $"/// <summary>Runs in {model.CastInputs}: where autocast is on, it is off inside, and floating inputs are cast.</summary>"
            : "/// <summary>Runs in the autocast of its caller, which the backward will have too.</summary>");
        Write(
            writer,
            $"{result} {OperationTable.Forward}({Context} ctx, params object[] vars)",
            isOwnDtype ? $"EnterForward(ctx, ref vars, global::Precision.Dtype.{model.CastInputs})" : "EnterForward(ctx)",
            isOwnDtype ? $"region.Output({forwardCore})" : forwardCore);
        writer.Line();
        writer.Line("/// <summary>Runs in the autocast of the forward, whoever calls it.</summary>");
        var gradients = model.IsMulti ? "grad_outputs" : "grad_output";
        Write(
            writer,
            $"{Tensors} {AutogradFunctions.Backward}({Context} ctx, {result} {gradients})",
            "EnterBackward(ctx)",
            $"this.{FunctionAnalysis.CoreOf(AutogradFunctions.Backward)}(ctx, {gradients})");
    });

    private static void Write(SourceWriter writer, string signature, string enter, string call)
    {
        writer.WriteAttributes();
        writer.Line("public override " + signature);
        writer.OpenBlock();
        writer.Line($"using {Region} region = {Region}.{enter};");
        writer.Line($"return {call};");
        writer.CloseBlock();
    }
}
