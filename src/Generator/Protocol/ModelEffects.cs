using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>What conversions do to a model's parameters, and to the optimizers that have them.</summary>
internal static class ModelEffects
{
    /// <summary>Converts or moves a model.</summary>
    public static History Convert(IInvocationOperation call, History history, Frame frame)
    {
        if (call.Receiver() is not { } receiver || (Places.Of(receiver, frame) ?? Places.Receiving(call, frame)) is not { } model)
        {
            return history;
        }

        var (dtype, site) = (TrainingMembers.DtypeOf(call), frame.SiteOf(call));
        var (dtypeKey, deviceKey) = (new FactKey(Topic.Dtype, model), new FactKey(Topic.Device, model));
        var device = call.TargetMethod.Name + string.Join(",", call.Arguments
            .Where(static argument => argument.ArgumentKind is ArgumentKind.Explicit && argument.Parameter?.Ordinal > 0)
            .Select(static argument => argument.Value.Syntax.ToString()));
        if (dtype is not null ? ChangesDtype(dtype, history[dtypeKey]) : Moves(call, device, history[deviceKey], model, frame))
        {
            var given = history.Of(Topic.Parameters).Where(fact => model.Equals(fact.Key.Other));
            foreach (var (key, fact) in given.Select(static fact => (fact.Key, fact.Value)).ToList())
            {
                history = history.With(key, fact with { Stage = Stage.Replaced, Then = site, Text = call.TargetMethod.Name });
            }
        }

        if (dtype is not null)
        {
            return history.With(dtypeKey, Is16Bit(dtype) && !AnnotatedModels.IsAnnotated(receiver, frame)
                ? new Fact(Stage.True, site, Text: dtype) : null);
        }

        return history.With(deviceKey, new Fact(Stage.True, Text: device));
    }

    /// <summary>Stores a model's parameters as its policy says.</summary>
    public static History CreateMasters(IInvocationOperation call, History history, Frame frame)
        => call.Receiver() is { } receiver && Places.Of(receiver, frame) is { } model
            && AnnotatedModels.PolicyOf(receiver, frame)?.Parameters is Dtype.Float16 or Dtype.BFloat16 && !frame.Code.ChoosesPolicy
                ? history.With(
                    new(Topic.Dtype, model),
                    new Fact(Stage.True, frame.SiteOf(call), Text: AnnotatedModels.PolicyOf(receiver, frame)!.Parameters.ToString()))
                : history;

    /// <summary>Gives a model's parameters to an optimizer or a training that is made.</summary>
    public static History Give(IOperation creation, Place? to, History history, Frame frame, Reports reports, bool ofTraining)
    {
        var site = frame.SiteOf(creation);
        foreach (var model in ofTraining ? [Places.Of(((IInvocationOperation)creation).Arguments[0].Value, frame)]
            : ModelsIn(creation, frame).ToList())
        {
            if (model is null)
            {
                continue;
            }

            var key = new FactKey(Topic.Dtype, model);
            if (!ofTraining && history[key] is { At: { } converted } known)
            {
                reports.Add(MisuseKind.SixteenBitParameters, site, frame, (key, known), [converted], model.Name, known.Text!);
            }

            if (to is not null)
            {
                history = history.With(new(Topic.Parameters, to, model), new Fact(Stage.True, site));
            }
        }

        return history;
    }

    /// <summary>The models whose parameters an optimizer's arguments name, by themselves or through a variable.</summary>
    private static IEnumerable<Place?> ModelsIn(IOperation creation, Frame frame)
    {
        foreach (var part in creation.Descendants())
        {
            var value = part is ILocalReferenceOperation { Local: var local } && frame.Code.AssignedTo(local) is [{ } assigned]
                ? assigned : part;
            foreach (var call in value == part ? [value] : value.DescendantsAndSelf())
            {
                if (call is IInvocationOperation { Instance: { } model } parameters
                    && TrainingMembers.GivesParameters(parameters.TargetMethod))
                {
                    yield return Places.Of(model, frame);
                }
            }
        }
    }

    private static bool ChangesDtype(string dtype, Fact? known) => known is null ? dtype != nameof(Dtype.Float32) : known.Text != dtype;

    /// <summary>Whether a model is moved to another device: one that was made here is on the CPU until it is moved.</summary>
    private static bool Moves(IInvocationOperation call, string device, Fact? known, Place model, Frame frame)
        => known is not null ? known.Text != device : !TrainingMembers.IsToCpu(call) && IsMadeHere(model, frame);

    private static bool IsMadeHere(Place model, Frame frame)
        => model is { Owner: null, Symbol: ILocalSymbol local } && frame.Code.AssignedTo(local) is { Count: > 0 } values
            && values.All(static value => value is IObjectCreationOperation or IInvocationOperation) && values.Any(IsMadeOnCpu);

    /// <summary>Whether an expression makes a module, and is told no device.</summary>
    private static bool IsMadeOnCpu(IOperation? value) => value switch
    {
        IObjectCreationOperation creation => !AreToldDevice(creation.Arguments),
        IInvocationOperation { TargetMethod: { IsStatic: true } method } call => TrainingMembers.Of(method) is TrainingMember.Convert
            ? IsMadeOnCpu(call.Receiver()) : method.IsTorchSharps() && !AreToldDevice(call.Arguments),
        _ => false,
    };

    private static bool AreToldDevice(ImmutableArray<IArgumentOperation> arguments)
        => arguments.Any(static argument => argument.ArgumentKind is ArgumentKind.Explicit && argument.Parameter?.Type.Name == "Device");

    private static bool Is16Bit(string dtype) => dtype is nameof(Dtype.Float16) or nameof(Dtype.BFloat16);
}
