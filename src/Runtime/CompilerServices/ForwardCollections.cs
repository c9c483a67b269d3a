using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.ComponentModel;

namespace Precision.CompilerServices;

/// <summary>
/// Casts the tensors in collections. The caller's collection is never changed: where something is cast, the forward gets a copy of the
/// declared type. Called by generated code only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ForwardCollections
{
    /// <summary>
    /// Casts what is in an array, a list or another sequence. A copy is an array where the value is one, and else a list. A sequence
    /// that is computed while it is read is read once, here.
    /// </summary>
    /// <returns>Whether the collection was replaced.</returns>
    public static bool Items<TItems, TItem>(ForwardRegion region, ref TItems? items, ForwardCast<TItem> cast)
        where TItems : class, IEnumerable<TItem>
    {
        if (items is null)
        {
            return false;
        }

        IList<TItem>? copy = IsStored(items) ? null : new List<TItem>();
        var index = 0;
        foreach (var given in items)
        {
            var item = given;
            if (cast(region, ref item))
            {
                copy ??= Copy(items);
            }

            if (copy is not null)
            {
                Set(copy, index, item);
            }

            index++;
        }

        if (copy is null)
        {
            return false;
        }

        items = (TItems)copy;
        return true;
    }

    /// <summary>Casts the values of a dictionary. A copy has the same comparer.</summary>
    /// <returns>Whether the dictionary was replaced.</returns>
    public static bool Values<TDictionary, TKey, TValue>(ForwardRegion region, ref TDictionary? dictionary, ForwardCast<TValue> cast)
        where TDictionary : class, IEnumerable<KeyValuePair<TKey, TValue>>
        where TKey : notnull
    {
        IDictionary<TKey, TValue>? copy = null;
        foreach (var (key, given) in dictionary ?? Enumerable.Empty<KeyValuePair<TKey, TValue>>())
        {
            var value = given;
            if (cast(region, ref value))
            {
                copy ??= Copy(dictionary!);
                copy[key] = value;
            }
        }

        if (copy is null)
        {
            return false;
        }

        dictionary = (TDictionary)copy;
        return true;
    }

    /// <summary>Whether reading a sequence twice gives the same items and runs no code of the user's.</summary>
    internal static bool IsStored<T>(IEnumerable<T> items) => items is ICollection<T> or IReadOnlyCollection<T>;

    /// <summary>Not a clone, which would be an array of <c>Parameter</c> where the caller has given one as an array of tensors.</summary>
    private static IList<T> Copy<T>(IEnumerable<T> items) => items is T[] ? items.ToArray() : new List<T>(items);

    private static void Set<T>(IList<T> copy, int index, T item)
    {
        if (index == copy.Count)
        {
            copy.Add(item);
        }
        else
        {
            copy[index] = item;
        }
    }

    private static IDictionary<TKey, TValue> Copy<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> dictionary)
        where TKey : notnull
        => dictionary switch
        {
            SortedDictionary<TKey, TValue> sorted => new SortedDictionary<TKey, TValue>(sorted, sorted.Comparer),
            Dictionary<TKey, TValue> hashed => new Dictionary<TKey, TValue>(hashed, hashed.Comparer),
            _ => new Dictionary<TKey, TValue>(dictionary, Comparer(dictionary)),
        };

    private static IEqualityComparer<TKey>? Comparer<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> dictionary)
        where TKey : notnull
        => dictionary switch
        {
            OrderedDictionary<TKey, TValue> ordered => ordered.Comparer,
            ConcurrentDictionary<TKey, TValue> concurrent => concurrent.Comparer,
            ImmutableDictionary<TKey, TValue> immutable => immutable.KeyComparer,
            FrozenDictionary<TKey, TValue> frozen => frozen.Comparer,
            _ => null,
        };
}
