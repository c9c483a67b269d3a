using Precision.Generator.Roslyn;

namespace Precision.Generator.Tests.Forward;

/// <summary>The array that incremental steps compare by its elements.</summary>
public class EquatableArrayTests
{
    [Fact]
    public void Equal_elements_make_equal_arrays()
    {
        EquatableArray<string> array = new(["a", "b"]);
        Assert.True(array.Equals(new EquatableArray<string>(["a", "b"])));
        Assert.True(array.Equals((object)new EquatableArray<string>(["a", "b"])));
        Assert.Equal(array.GetHashCode(), new EquatableArray<string>(["a", "b"]).GetHashCode());
        Assert.True(default(EquatableArray<string>).Equals(new EquatableArray<string>([])));
        Assert.Equal(default(EquatableArray<string>).GetHashCode(), new EquatableArray<string>([]).GetHashCode());
    }

    [Fact]
    public void Other_elements_orders_lengths_and_types_do_not()
    {
        EquatableArray<string> array = new(["a", "b"]);
        Assert.All(
            new EquatableArray<string>[] { default, new(["a"]), new(["b", "a"]), new(["a", "b", "b"]), new(["a", "c"]) },
            other =>
            {
                Assert.False(array.Equals(other));
                Assert.False(array.Equals((object)other));
            });
        Assert.False(array.Equals((object?)null));
        Assert.False(array.Equals("ab"));
        Assert.NotEqual(array.GetHashCode(), new EquatableArray<string>(["b", "a"]).GetHashCode());
    }
}
