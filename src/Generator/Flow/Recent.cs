using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow;

/// <summary>
/// The last values that a thread made, by the syntax that they were made of. What is needed again is needed soon, as bodies are
/// analysed one after the other; what is kept for longer costs the garbage collector more than making it anew.
/// </summary>
internal sealed class Recent<T>(int count)
    where T : class
{
    private readonly ThreadLocal<Ring> rings = new(() => new Ring(count));

    /// <summary>The value of some syntax, if it is among the last ones.</summary>
    public T? Find(SyntaxNode syntax) => rings.Value.Find(syntax);

    /// <summary>The value of some syntax; made where it is not among the last ones.</summary>
    public T GetOrAdd<TState>(SyntaxNode syntax, TState state, Func<TState, T> create)
    {
        var ring = rings.Value;
        if (ring.Find(syntax) is { } known)
        {
            return known;
        }

        // Making one may make others.
        var created = create(state);
        ring.Add(syntax, created);
        return created;
    }

    private sealed class Ring(int count)
    {
        private readonly (SyntaxNode? Syntax, T? Value)[] entries = new (SyntaxNode?, T?)[count];
        private int next;

        public T? Find(SyntaxNode syntax)
        {
            foreach (var entry in entries)
            {
                if (ReferenceEquals(entry.Syntax, syntax))
                {
                    return entry.Value;
                }
            }

            return null;
        }

        public void Add(SyntaxNode syntax, T value)
        {
            entries[next] = (syntax, value);
            next = (next + 1) % entries.Length;
        }
    }
}
