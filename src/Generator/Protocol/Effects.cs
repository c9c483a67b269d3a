using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>What calls do in a training loop, and what of it is wrong.</summary>
internal sealed class Effects(Reports reports, TensorValues values, MicroBatches microBatches)
{
    private readonly ScalerEffects scaler = new(reports, microBatches);
    private readonly OptimizerEffects optimizer = new(reports);
    private readonly TrainingEffects training = new(reports);

    /// <summary>What tensors are made of.</summary>
    public TensorValues Values => values;

    /// <summary>A call of a member that training loops are made of.</summary>
    public History Call(TrainingMember member, IInvocationOperation call, History history, Frame frame)
    {
        switch (member)
        {
            case TrainingMember.Scale:
                return scaler.Scale(call, values.Of(call.Arguments[0].Value, frame, history), history, frame);
            case TrainingMember.Unscale:
                return scaler.Unscale(call, CheckOptimizer(call, history, frame), frame);
            case TrainingMember.ScalerStep:
                return scaler.Step(call, CheckOptimizer(call, history, frame), frame);
            case TrainingMember.Update or TrainingMember.SetScale:
                return scaler.Update(call, isChecked: member is TrainingMember.Update, history, frame);
            case TrainingMember.Backward:
                var loss = values.Of(call.Instance, frame, history);
                microBatches.CheckDivision(call, loss, history, frame);
                return Backward(call, loss, history, frame);
            case TrainingMember.OptimizerStep:
                return optimizer.Step(call, history, frame);
            case TrainingMember.ZeroGrad:
                return history
                    .Without(key => key.Topic is Topic.PlainBackward
                        || (key.Topic is Topic.Gradients && history[key]!.Stage is not Stage.Ready));
            case TrainingMember.Clip:
                return scaler.Clip(call, history, frame);
            case TrainingMember.SchedulerStep:
                return Schedules.Step(call, history, frame, reports);
            case TrainingMember.CreateTraining:
                return ModelEffects.Give(
                    call, Places.Receiving(call, frame), TrainingEffects.Create(call, history, frame), frame, reports, ofTraining: true);
            case TrainingMember.TrainingBackward:
                microBatches.CheckDivision(call, values.Of(call.Arguments[0].Value, frame, history), history, frame);
                return training.Backward(call, CheckOf(call, call.Instance, history, frame), frame);
            case TrainingMember.TrainingStep:
                return training.Step(call, CheckOf(call, call.Instance, history, frame), frame);
            case TrainingMember.TrainingReset:
                return TrainingEffects.Reset(call, history, frame);
            case TrainingMember.CreateMasters:
                return ModelEffects.CreateMasters(call, history, frame);
            case TrainingMember.Convert:
                return ModelEffects.Convert(call, history, frame);
            case TrainingMember.CreateOptimizer:
                return CreateOptimizer(call, history, frame);
            default:
                return history;
        }
    }

    /// <summary>An object that is made.</summary>
    public History Create(IObjectCreationOperation creation, History history, Frame frame)
        => TrainingMembers.IsScaler(creation.Type) ? ScalerEffects.Create(creation, history, frame)
            : TrainingMembers.IsOptimizer(creation.Type) ? CreateOptimizer(creation, history, frame)
            : Places.Receiving(creation, frame) is { } place && creation.Type is INamedTypeSymbol type && type.DerivesFromModule()
                ? history.WithoutPlaces(place.Equals)
            : creation.Type!.IsInSource() ? PassOn(creation.Arguments, creation, history, frame) : history;

    /// <summary>A call of a method that is not here: what it does with objects that training loops are made of is not known.</summary>
    public History PassOn(IInvocationOperation call, History history, Frame frame)
        => PassOn(call.Arguments, call, history, frame);

    /// <summary>Whether a method that is no part of training loops leaves alone all that they are made of.</summary>
    public static bool IsKnownToDoNothing(IMethodSymbol method)
        => method.MethodKind is not MethodKind.DelegateInvoke && !method.IsInSource()
            && (method.IsTorchSharps() || method.ContainingNamespace?.IsSystems() == true
                || method.ContainingAssembly?.Name == "Precision");

    /// <summary>Whether an object that is made matters to training loops.</summary>
    public static bool Matters(IObjectCreationOperation creation)
        => creation.Type is INamedTypeSymbol type
            && (type.IsInSource() || type.DerivesFromModule() || TrainingMembers.IsScaler(type) || TrainingMembers.IsOptimizer(type));

    /// <summary>A call of a method that has nothing to do with training, as far as its body tells.</summary>
    public History UseReplaced(IInvocationOperation call, History history, Frame frame)
    {
        foreach (var argument in call.Arguments)
        {
            optimizer.CheckReplaced(call, Places.Of(argument.Value, frame), history, frame);
        }

        // It may assign fields that hold tensors.
        return history.Without(Topic.Value, static key => key.Object!.Symbol is IFieldSymbol);
    }

    private History PassOn(IEnumerable<IArgumentOperation> arguments, IOperation call, History history, Frame frame)
    {
        foreach (var argument in arguments)
        {
            if (Places.Of(argument.Value, frame) is { } place)
            {
                optimizer.CheckReplaced(call, place, history, frame);
                history = history.WithoutPlaces(place.Equals);
            }
        }

        return history;
    }

    private History CreateOptimizer(IOperation creation, History history, Frame frame)
    {
        var place = Places.Receiving(creation, frame);
        var before = place is null ? history : history.WithoutPlaces(place.Equals);
        return ModelEffects.Give(creation, place, before, frame, reports, ofTraining: false);
    }

    private History CheckOptimizer(IInvocationOperation call, History history, Frame frame)
        => CheckOf(call, call.Arguments[0].Value, history, frame);

    private History CheckOf(IInvocationOperation call, IOperation? value, History history, Frame frame)
    {
        optimizer.CheckReplaced(call, Places.Of(value, frame), history, frame);
        return history;
    }

    private static History Backward(IInvocationOperation call, TensorValue loss, History history, Frame frame)
    {
        var plain = new FactKey(Topic.PlainBackward);
        switch (loss)
        {
            case { Scaling: Scaling.Scaled, Scaler: { } scaler }:
                return history
                    .Without(Topic.Used, key => Equals(key.Object, scaler))
                    .With(new(Topic.Gradients, scaler), new Fact(Stage.Pending, frame.SiteOf(call)));
            case { Scaling: Scaling.Plain, IsComputed: true }:
                return history.With(plain, new Fact(Stage.Pending, frame.SiteOf(call), Value: loss));
            default:
                return history.Without(Topic.PlainBackward).Without(Topic.Gradients);
        }
    }
}
