using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward;

/// <summary>Writes the generated file of one annotated class.</summary>
internal static class AnnotatedClassWriter
{
    public static string Write(AnnotatedClass model)
        => PartialType.Write(
            model.Namespace,
            model.Declarations,
            model.Policy is null ? null : "global::Precision.IMixedPrecisionModule",
            writer => WriteMembers(writer, model));

    private static void WriteMembers(SourceWriter writer, AnnotatedClass model)
    {
        if (model.Policy is { } policy)
        {
            WritePolicy(writer, policy, model.HasAnnotatedBase ? "override " : model.IsSealed ? "" : "virtual ");
            if (!model.HasAnnotatedBase)
            {
                WriteMasterWeights(writer);
            }
        }

        if (model.Forward is { } forward)
        {
            if (model.Policy is not null)
            {
                writer.Line();
            }

            ForwardWriter.Write(writer, forward, isFullPrecision: model.Policy is null);
        }
    }

    private static void WritePolicy(SourceWriter writer, Policy policy, string modifier)
    {
        const string type = "global::Precision.PrecisionPolicy";
        writer.Line("/// <summary>What [MixedPrecision] says, until the property is set.</summary>");
        writer.Line(GeneratedMarks.GeneratedCode);
        writer.Line($"private {type} __precisionPolicy = new {type}(");
        writer.Line($"    Compute: {Name(policy.Compute)},");
        writer.Line($"    Parameters: {Name(policy.Parameters)},");
        writer.Line($"    Output: {Name(policy.Output)},");
        writer.Line($"    Autocast: {(policy.Autocast ? "true" : "false")});");
        writer.Line();
        writer.Line("/// <summary>What this model computes in, stores and returns. Setting it changes the next forward.</summary>");
        writer.WriteAttributes();
        writer.Line($"public {modifier}{type} PrecisionPolicy");
        writer.OpenBlock();
        writer.Line("get => __precisionPolicy;");
        writer.Line("set => __precisionPolicy = (value ?? throw new global::System.ArgumentNullException(nameof(value))).Validated();");
        writer.CloseBlock();
    }

    private static void WriteMasterWeights(SourceWriter writer)
    {
        writer.Line();
        writer.Line("/// <summary>Stores the parameters as <see cref=\"PrecisionPolicy\"/> says and makes the float32 masters of 16-bit ones.</summary>");
        writer.WriteAttributes();
        writer.Line("public global::Precision.MasterWeights CreateMasterWeights() => global::Precision.CompilerServices.GeneratedModel.CreateMasterWeights(this);");
    }

    private static string Name(Dtype dtype) => "global::Precision.Dtype." + dtype;
}
