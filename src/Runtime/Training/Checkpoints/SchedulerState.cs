using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using static TorchSharp.torch.optim.lr_scheduler;

namespace Precision;

/// <summary>
/// The state of a learning-rate scheduler. TorchSharp's have no <c>state_dict</c>, and their fields are not public: every number,
/// truth value and list of numbers among them is taken, as PyTorch's <c>LRScheduler.state_dict</c> takes the object's
/// <c>__dict__</c>, and the schedulers inside (SequentialLR, ChainedLR). Functions (LambdaLR) are the program's own.
/// </summary>
/// <param name="Type">The scheduler's class.</param>
/// <param name="Numbers">For each field its values, written so that they read back exactly.</param>
/// <param name="Inner">For each field that holds schedulers their states.</param>
internal sealed record SchedulerState(
    string Type, IReadOnlyDictionary<string, string[]> Numbers, IReadOnlyDictionary<string, SchedulerState[]> Inner)
{
    public static SchedulerState Of(LRScheduler scheduler)
    {
        var numbers = new Dictionary<string, string[]>();
        var inner = new Dictionary<string, SchedulerState[]>();
        foreach (var (name, field) in Fields(scheduler))
        {
            switch (field.GetValue(scheduler))
            {
                case (int or long or double or float or bool) and var value:
                    numbers[name] = [Text(value)];
                    break;
                case IList<double> list:
                    numbers[name] = [.. list.Select(static number => Text(number))];
                    break;
                case IEnumerable schedulers when Schedulers(schedulers) is { Count: > 0 } found:
                    inner[name] = [.. found.Select(Of)];
                    break;
            }
        }

        return new SchedulerState(scheduler.GetType().FullName!, numbers, inner);
    }

    /// <summary>What keeps this state from being given to a scheduler; null if nothing does.</summary>
    public string? Mismatch(LRScheduler scheduler)
    {
        var own = Of(scheduler);
        if (own.Type != Type)
        {
            return $"the schedule is a {Type}, this one a {own.Type}";
        }

        if (!own.Numbers.Keys.ToHashSet().SetEquals(Numbers.Keys)
            || own.Numbers.Any(entry => entry.Value.Length != Numbers[entry.Key].Length)
            || !own.Inner.Keys.ToHashSet().SetEquals(Inner.Keys)
            || own.Inner.Any(entry => entry.Value.Length != Inner[entry.Key].Length))
        {
            return $"the {Type} has other fields or another number of parameter groups";
        }

        return Pairs(scheduler).Select(static pair => pair.State.Mismatch(pair.Scheduler)).FirstOrDefault(static fault => fault is not null);
    }

    /// <summary>Gives the state to a scheduler that <see cref="Mismatch"/> has nothing against.</summary>
    public void Restore(LRScheduler scheduler)
    {
        foreach (var (name, field) in Fields(scheduler))
        {
            if (!Numbers.TryGetValue(name, out var texts))
            {
                continue;
            }

            if (field.GetValue(scheduler) is IList<double> list)
            {
                for (var i = 0; i < texts.Length; i++)
                {
                    list[i] = double.Parse(texts[i], CultureInfo.InvariantCulture);
                }
            }
            else
            {
                field.SetValue(scheduler, Convert.ChangeType(texts[0], field.FieldType, CultureInfo.InvariantCulture));
            }
        }

        foreach (var (state, part) in Pairs(scheduler))
        {
            state.Restore(part);
        }
    }

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static List<LRScheduler> Schedulers(IEnumerable values) => [.. values.OfType<LRScheduler>()];

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Precision.targets keeps TorchSharp's members and the program's.")]
    private static IEnumerable<(string Name, FieldInfo Field)> Fields(LRScheduler scheduler)
    {
        for (var type = scheduler.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (var field in type.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return ($"{type.Name}.{field.Name}", field);
            }
        }
    }

    private IEnumerable<(SchedulerState State, LRScheduler Scheduler)> Pairs(LRScheduler scheduler)
        => Fields(scheduler)
            .Where(entry => Inner.ContainsKey(entry.Name))
            .SelectMany(entry => Inner[entry.Name].Zip(Schedulers((IEnumerable)entry.Field.GetValue(scheduler)!)));
}
