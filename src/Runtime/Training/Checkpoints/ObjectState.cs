using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim.lr_scheduler;

namespace Precision;

/// <summary>
/// The state of an object that has no <c>state_dict</c> which could be verified before it is loaded: a learning-rate scheduler of TorchSharp, the
/// options or the state that an optimizer has for a group or a parameter. As PyTorch's <c>LRScheduler.state_dict</c> takes the
/// object's <c>__dict__</c>, every field is taken that holds a number, a truth value, a list of numbers, a tensor, or schedulers.
/// </summary>
/// <param name="Type">The object's class.</param>
/// <param name="Numbers">For each field its values, written so that they read back exactly; none for null.</param>
/// <param name="Tensors">The fields that hold tensors; those that hold null are left out.</param>
/// <param name="Inner">For each field that holds schedulers their states.</param>
internal sealed record ObjectState(
    string Type,
    IReadOnlyDictionary<string, string[]> Numbers,
    IReadOnlyList<SavedTensor> Tensors,
    IReadOnlyDictionary<string, ObjectState[]> Inner)
{
    /// <summary>The tensors that optimizers of TorchSharp and this library make when they first need them.</summary>
    private static readonly string[] MadeLater = ["momentum_buffer", "max_exp_avg_sq", "grad_avg"];

    /// <summary>Takes an object's state; its tensors are aliases of the object's.</summary>
    /// <param name="owner">The object.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="NotSupportedException">An optimizer's state has a field of another kind, which would be lost.</exception>
    public static ObjectState Of(object owner, string name)
    {
        var numbers = new Dictionary<string, string[]>();
        var tensors = new List<SavedTensor>();
        var inner = new Dictionary<string, ObjectState[]>();
        foreach (var (key, field) in Fields(owner))
        {
            var value = field.GetValue(owner);
            if (NumberOf(field) is not null)
            {
                numbers[key] = value is null ? [] : [Text(value)];
            }
            else if (value is IList<double> list)
            {
                numbers[key] = [.. list.Select(static number => Text(number))];
            }
            else if (IsTensor(field))
            {
                if (value is Tensor tensor)
                {
                    tensors.Add(SavedTensor.Of(key, tensor));
                }
            }
            else if (value is IEnumerable values && Schedulers(values) is { Count: > 0 } schedulers)
            {
                inner[key] = [.. schedulers.Select(scheduler => Of(scheduler, name))];
            }
            else if (value is not (null or Parameter) && owner is not LRScheduler)
            {
                throw new NotSupportedException(
                    $"{name} ({owner.GetType().FullName}) has the field '{field.Name}' of type {field.FieldType.Name}, which no checkpoint can "
                    + "hold: numbers, truth values, lists of double and tensors are saved.");
            }
        }

        return new ObjectState(owner.GetType().FullName!, numbers, tensors, inner);
    }

    /// <summary>Whether a tensor that an object holds is disposed.</summary>
    public static bool HasDisposedTensor(object owner)
        => Fields(owner).Any(entry => IsTensor(entry.Field) && entry.Field.GetValue(owner) is Tensor { IsInvalid: true });

    /// <summary>Whether there is no null in it.</summary>
    public bool IsWhole()
        => Numbers.Values.All(static texts => texts is not null && Array.TrueForAll(texts, static text => text is not null))
            && Tensors.All(static tensor => tensor is not null)
            && Inner.Values.All(static states => states is not null && Array.TrueForAll(states, static state => state?.IsWhole() is true));

    /// <summary>What keeps this state from being given to an object; null if nothing does.</summary>
    /// <param name="owner">The object.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="parameter">The parameter that the object is the state of, whose shape its tensors have.</param>
    public string? Mismatch(object owner, string name, Parameter? parameter = null)
    {
        if (owner.GetType().FullName != Type)
        {
            return $"the {name} is a {Type}, this one a {owner.GetType().FullName}";
        }

        var fields = Fields(owner).ToDictionary(static entry => entry.Name, static entry => entry.Field);
        var inner = fields.Keys.Where(key => !IsTensor(fields[key]) && fields[key].GetValue(owner) is IEnumerable values && Schedulers(values).Count > 0);
        var numbers = fields.Keys.Where(key => NumberOf(fields[key]) is not null || fields[key].GetValue(owner) is IList<double>);
        if (!numbers.ToHashSet().SetEquals(Numbers.Keys) || !inner.ToHashSet().SetEquals(Inner.Keys))
        {
            return $"the {name} ({Type}) has other fields";
        }

        foreach (var (key, texts) in Numbers)
        {
            var fits = fields[key].GetValue(owner) is IList<double> list
                ? texts.Length == list.Count && texts.All(static text => IsNumber(text, typeof(double)))
                : texts.Length == 0 ? IsNullable(fields[key]) : texts.Length == 1 && IsNumber(texts[0], NumberOf(fields[key])!);
            if (!fits)
            {
                return $"the {name} has {key} = {string.Join(", ", texts.Take(5))}";
            }
        }

        if (Inner.FirstOrDefault(entry => entry.Value.Length != Schedulers((IEnumerable)fields[entry.Key].GetValue(owner)!).Count).Key is { } other)
        {
            return $"the {name} has another number of schedulers in {other}";
        }

        return TensorMismatch(owner, name, fields, parameter)
            ?? Pairs(owner).Select(pair => pair.State.Mismatch(pair.Scheduler, name)).FirstOrDefault(static fault => fault is not null);
    }

    /// <summary>Makes the tensors that the object lacks, so that <see cref="Restore"/> allocates nothing.</summary>
    /// <param name="owner">The object.</param>
    /// <param name="parameter">The parameter that the object is the state of, on whose device they belong.</param>
    public void Prepare(object owner, Parameter parameter)
    {
        foreach (var (key, field) in Fields(owner))
        {
            if (field.GetValue(owner) is null && Saved(key) is { } saved)
            {
                // In the parameter's memory layout, in which the kernels of a fused optimizer step.
                var made = saved.Shape.SequenceEqual(parameter.shape)
                    ? empty_like(parameter, dtype: saved.ScalarType, requires_grad: false)
                    : empty(saved.Shape, dtype: saved.ScalarType, device: parameter.device);
                made.copy_(saved.Value!);
                saved.Value!.Dispose();
                saved.Value = made.DetachFromDisposeScope();
            }
        }
    }

    /// <summary>Gives the state to an object that <see cref="Mismatch"/> has nothing against, and that was prepared.</summary>
    public void Restore(object owner)
    {
        foreach (var (key, field) in Fields(owner))
        {
            var value = field.GetValue(owner);
            if (IsTensor(field))
            {
                RestoreTensor(owner, field, (Tensor?)value, Saved(key));
            }
            else if (Numbers.TryGetValue(key, out var texts))
            {
                if (value is IList<double> list)
                {
                    for (var i = 0; i < texts.Length; i++)
                    {
                        list[i] = (double)Number(texts[i], typeof(double));
                    }
                }
                else
                {
                    field.SetValue(owner, texts.Length == 0 ? null : Number(texts[0], NumberOf(field)!));
                }
            }
        }

        foreach (var (state, scheduler) in Pairs(owner))
        {
            state.Restore(scheduler);
        }
    }

    private static void RestoreTensor(object owner, FieldInfo field, Tensor? own, SavedTensor? saved)
    {
        if (own is not null && saved is not null)
        {
            // In place: a captured step, and views such as the step counts, point at this memory.
            own.copy_(saved.Value!);
        }
        else if (own is null && saved is not null)
        {
            field.SetValue(owner, saved.Value);
            saved.Value = null;
        }
        else if (own is not null)
        {
            field.SetValue(owner, null);
            own.Dispose();
        }
    }

    private string? TensorMismatch(object owner, string name, Dictionary<string, FieldInfo> fields, Parameter? parameter)
    {
        if (Tensors.FirstOrDefault(tensor => !fields.TryGetValue(tensor.Name, out var field) || !IsTensor(field)) is { } unknown)
        {
            return $"the {name} ({Type}) has no tensor '{unknown.Name}'";
        }

        if (Tensors.CountBy(static tensor => tensor.Name).Any(static entry => entry.Value > 1))
        {
            return $"the {name} has a tensor twice";
        }

        // What another library's optimizer leaves out or adds later is its own matter.
        var isKnown = owner.GetType().Assembly == typeof(Tensor).Assembly || owner.GetType().Assembly == typeof(FusedOptimizer).Assembly;
        foreach (var (key, field) in fields.Where(static entry => IsTensor(entry.Value)))
        {
            var own = (Tensor?)field.GetValue(owner) ?? (isKnown ? parameter : null);
            if (Saved(key) is { } saved)
            {
                if (own is not null && saved.Mismatch(own, name) is { } mismatch)
                {
                    return mismatch;
                }
            }
            else if (isKnown && field.GetValue(owner) is not null && !MadeLater.Any(later => key.Contains(later, StringComparison.Ordinal)))
            {
                return $"the {name} lacks the tensor '{key}'";
            }
        }

        return null;
    }

    private SavedTensor? Saved(string name) => Tensors.FirstOrDefault(tensor => tensor.Name == name);

    private static bool IsTensor(FieldInfo field) => field.FieldType == typeof(Tensor);

    private static bool IsNullable(FieldInfo field) => Nullable.GetUnderlyingType(field.FieldType) is not null;

    /// <summary>The type of number that a field holds; null if it holds something else.</summary>
    private static Type? NumberOf(FieldInfo field)
        => (Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType) is var type
            && (type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(float) || type == typeof(bool))
                ? type
                : null;

    private static bool IsNumber(string text, Type type)
    {
        try
        {
            _ = Number(text, type);
            return true;
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            return false;
        }
    }

    private static object Number(string text, Type type) => Convert.ChangeType(text, type, CultureInfo.InvariantCulture);

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static List<LRScheduler> Schedulers(IEnumerable values) => [.. values.OfType<LRScheduler>()];

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Precision.targets keeps TorchSharp's members and the program's.")]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, typeof(FusedAdam.State))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, typeof(FusedAdam.Options))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, typeof(FusedSGD.State))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, typeof(FusedSGD.Options))]
    private static IEnumerable<(string Name, FieldInfo Field)> Fields(object owner)
    {
        for (var type = owner.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (var field in type.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return ($"{type.Name}.{field.Name}", field);
            }
        }
    }

    private IEnumerable<(ObjectState State, LRScheduler Scheduler)> Pairs(object owner)
        => Fields(owner)
            .Where(entry => Inner.ContainsKey(entry.Name))
            .SelectMany(entry => Inner[entry.Name].Zip(Schedulers((IEnumerable)entry.Field.GetValue(owner)!)));
}
