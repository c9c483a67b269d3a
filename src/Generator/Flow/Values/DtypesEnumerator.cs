namespace Precision.Generator.Flow.Values;

/// <summary>Goes through the dtypes of a set. A structure, because it is asked for every operation in a region.</summary>
internal struct DtypesEnumerator(Dtypes dtypes)
{
    private int rest = (int)dtypes;

    /// <summary>The dtype at hand.</summary>
    public Dtypes Current { get; private set; }

    /// <summary>What <c>foreach</c> asks for.</summary>
    public readonly DtypesEnumerator GetEnumerator() => this;

    /// <summary>Goes on to the next dtype.</summary>
    /// <returns>False where there is none.</returns>
    public bool MoveNext()
    {
        Current = (Dtypes)(rest & -rest);
        rest &= rest - 1;
        return Current is not Dtypes.None;
    }
}
