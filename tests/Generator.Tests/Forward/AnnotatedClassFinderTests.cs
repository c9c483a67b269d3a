using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Forward;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Forward;

/// <summary>By which names an attribute is found, and that an edit anywhere which changes what a name means is seen.</summary>
public class AnnotatedClassFinderTests
{
    private const string Body = "private Tensor ForwardCore(Tensor x) => x;";

    [Theory]
    [InlineData("", "MixedPrecision(Dtype.BFloat16)")]
    [InlineData("", "MixedPrecisionAttribute(Dtype.BFloat16)")]
    [InlineData("", "@MixedPrecisionAttribute(Dtype.BFloat16)")]
    [InlineData("", "Mixed\\u0050recision(Dtype.BFloat16)")]
    [InlineData("", "Precision.MixedPrecision(Dtype.BFloat16)")]
    [InlineData("", "global::Precision.MixedPrecisionAttribute(Dtype.BFloat16)")]
    [InlineData("", "type: MixedPrecision(Dtype.BFloat16)")]
    [InlineData("", "Serializable, MixedPrecision(Dtype.BFloat16)")]
    [InlineData("", "Serializable] [MixedPrecision(Dtype.BFloat16)")]
    [InlineData("", "FullPrecision")]
    [InlineData("", "FullPrecisionAttribute()")]
    [InlineData("using P = Precision;", "P.MixedPrecision(Dtype.BFloat16)")]
    [InlineData("using P = Precision;", "P::FullPrecision")]
    [InlineData("using MP = Precision.MixedPrecisionAttribute;", "MP(Dtype.BFloat16)")]
    [InlineData("using MPAttribute = Precision.MixedPrecisionAttribute;", "MP(Dtype.BFloat16)")]
    [InlineData("using MPAttributeAttribute = Precision.MixedPrecisionAttribute;", "MPAttribute(Dtype.BFloat16)")]
    [InlineData("using Attribute = Precision.FullPrecisionAttribute;", "Attribute")]
    public void It_is_found_by_every_name(string alias, string attribute)
    {
        Assert.Single(Found(alias + Class(attribute)));
        Assert.Single(Found(alias + "namespace A.B { partial struct Outer<T> { partial interface IInner {" + Class(attribute) + "}}}"));
        Assert.Single(Found("namespace A {" + alias + "namespace B {" + Class(attribute) + "}}"));
    }

    [Theory]
    [InlineData("global using MP = Precision.MixedPrecisionAttribute;", "MP(Dtype.BFloat16)")]
    [InlineData("global using MPAttribute = Precision.MixedPrecisionAttribute;", "MP(Dtype.BFloat16)")]
    [InlineData("global using P = Precision;", "P.FullPrecision")]
    public void It_is_found_by_an_alias_of_the_whole_project(string alias, string attribute)
        => Assert.Single(Found(Class(attribute), alias));

    [Fact]
    public void It_is_found_by_an_alias_of_an_alias()
        => Assert.Single(Found(
            "namespace A { using Inner = Outer; namespace B {" + Class("Inner(Dtype.BFloat16)") + "}}",
            "global using Outer = Precision.MixedPrecisionAttribute;"));

    [Theory]
    [InlineData("Serializable")]
    [InlineData("Other.MixedPrecision")]
    [InlineData("MP")]
    public void Other_attributes_are_not_found(string attribute)
        => Assert.Empty(Found(
            "using MP = Other.MixedPrecisionAttribute;" + Class(attribute),
            "namespace Other { public sealed class MixedPrecisionAttribute : Attribute; }"));

    [Fact]
    public void A_class_with_attributes_on_several_parts_is_found_once()
        => Assert.Single(Found(Class("MixedPrecision(Dtype.BFloat16)"), "[MixedPrecision(Dtype.BFloat16)] partial class Model;", "[Serializable] partial class Model;"));

    [Fact]
    public void Classes_stand_in_the_order_of_the_source()
    {
        var sources = Enumerable.Range(0, 4).Select(index => Class("FullPrecision").Replace("Model", "B" + index) + Class("FullPrecision").Replace("Model", "A" + index));
        Assert.Equal(["B0", "A0", "B1", "A1", "B2", "A2", "B3", "A3"], Found([.. sources]));
    }

    /// <summary>An edit of the second file, which does not hold the class, changes whether or how the class is annotated.</summary>
    [Theory]
    [InlineData("MP(Dtype.BFloat16)", "", "global using MP = Precision.MixedPrecisionAttribute;")]
    [InlineData("MP(Dtype.BFloat16)", "global using MP = Precision.MixedPrecisionAttribute;", "global using MP = System.ObsoleteAttribute;")]
    [InlineData("MP", "global using MP = Precision.MixedPrecisionAttribute;", "global using MP = Precision.FullPrecisionAttribute;")]
    [InlineData("MixedPrecision(Dtype.BFloat16)", "", "namespace Models { public class MixedPrecisionAttribute(Dtype dtype) : Attribute; }")]
    [InlineData("MixedPrecision(Dtype.BFloat16)", "", "namespace Models { public enum Dtype { BFloat16 } }")]
    [InlineData("MixedPrecision(Of.Model)", "namespace Models { static class Of { public const Dtype Model = Dtype.BFloat16; } }", "namespace Models { static class Of { public const Dtype Model = Dtype.Float16; } }")]
    [InlineData("MixedPrecision(Of.Model)", "namespace Models { static class Of { static int a = 1; public const Dtype Model = (Dtype)2; } }", "namespace Models { static class Of { static int a = 1; public const Dtype Model = (Dtype)3; } }")]
    [InlineData("MixedPrecision((Dtype)Of.Model)", "namespace Models { enum Of { Other, Model = 2 } }", "namespace Models { enum Of { Other, Model = 3 } }")]
    [InlineData("Serializable", "", "namespace Models { [FullPrecision] partial class Model; }")]
    [InlineData("Serializable", "namespace Models { [FullPrecision] partial class Model; }", "namespace Models { [@FullPrecision] partial class Model; }")]
    [InlineData("FullPrecision", "", "namespace Models { [MixedPrecision(Dtype.BFloat16)] partial class Model; }")]
    [InlineData("FullPrecision", "", "namespace Models { partial class Model { public override Tensor forward(Tensor x) => x; } }")]
    [InlineData("FullPrecision", "", "namespace Models { public class Tensor; }")]
    [InlineData("FullPrecision", "", "namespace Models { partial class Model { class Tensor; } }")]
    public void An_edit_of_another_file_is_seen(string attribute, string before, string after)
    {
        var @class = "namespace Models { " + Class(attribute) + " }";
        var first = Compile(@class, before, "class Last;");
        var second = first.Edit(1, _ => TestCompilation.Usings + after);
        var expected = GeneratorRun.Of(Compile(@class, after, "class Last;")).Text();

        var run = GeneratorRun.Of(first);
        Assert.NotEqual(expected, run.Text());
        Assert.Equal(expected, run.Next(second).Text());
        Assert.Equal(run.Text(), run.Next(second).Next(first).Text());
    }

    [Fact]
    public void A_reference_that_comes_or_goes_is_seen()
    {
        var compilation = Compile(Class("MixedPrecision(Dtype.BFloat16)"));
        var without = compilation.RemoveReferences(TestCompilation.References[^1]);
        var run = GeneratorRun.Of(without);
        Assert.Empty(run.Files);
        Assert.Single(run.Next(compilation).Files);
        Assert.Empty(run.Next(compilation).Next(without).Files);
    }

    /// <summary>A keystroke costs a class nothing: what is found stays the same object, whatever bodies hold.</summary>
    [Theory]
    [InlineData(0, "=> x", "=> x.exp()")]
    [InlineData(1, "1", "2")]
    [InlineData(2, "return 1;", "var y = 1; return y;")]
    public void Nothing_is_looked_for_while_bodies_change(int file, string before, string after)
    {
        var first = Compile(Class("FullPrecision"), "class Fields { int a = 1; }", "class Methods { int M() { return 1; } }");
        var second = first.Edit(file, source => source.Replace(before, after, StringComparison.Ordinal));
        Assert.Same(AnnotatedClasses.Of(first, default), AnnotatedClasses.Of(second, default));
    }

    [Theory]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] partial class A() : Module<Tensor, Tensor>(\"a\") { private Tensor ForwardCore(Tensor x) => x; }", 1, false)]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] class A() : Module<Tensor, Tensor>(\"a\") { private Tensor ForwardCore(Tensor x) => x; }", 0, true)]
    [InlineData("[Serializable] class A;", 0, false)]
    public void A_class_that_gets_no_code_is_known_to_have_a_fault(string source, int models, bool haveFaults)
    {
        var classes = AnnotatedClasses.Of(Compile(source), default);
        Assert.Equal((models, haveFaults), (classes.Models.Length, classes.HaveFaults));
    }

    [Fact]
    public void Only_global_aliases_are_for_all_files()
    {
        var tree = CSharpSyntaxTree.ParseText("global using GlobalAttribute = System.Attribute; using Local = System.Attribute;");
        Assert.Equal("Global", Assert.Single(AttributedClasses.Of(tree, default).GlobalAliases));
    }

    [Fact]
    public void A_search_that_was_stopped_is_made_again()
    {
        var compilation = Compile(Class("FullPrecision"));
        Assert.ThrowsAny<OperationCanceledException>(() => AnnotatedClasses.Of(compilation, new CancellationToken(canceled: true)));
        Assert.Single(AnnotatedClasses.Of(compilation, default).Models);
    }

    private static string Class(string attribute)
        => $"[{attribute}] public sealed partial class Model() : Module<Tensor, Tensor>(\"model\") {{ {Body} }}\n";

    private static CSharpCompilation Compile(params string[] sources)
        => TestCompilation.Create(sources.Select(static source => TestCompilation.Usings + source));

    /// <summary>The names of the classes found; each has its generated file.</summary>
    private static string[] Found(params string[] sources)
    {
        var compilation = Compile(sources);
        string[] found = [.. AnnotatedClassFinder.Find(compilation, default).Select(static type => type.Name)];
        Assert.Equal(found.Length, GeneratorRun.Of(compilation).Files.Length);
        return found;
    }
}
