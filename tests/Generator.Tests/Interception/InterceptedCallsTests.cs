using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Interception;
using Precision.Generator.Interception.Models;
using Precision.Generator.Roslyn;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Interception;

/// <summary>Which files an edit makes the reader of calls bind again, and that none keeps what an edit elsewhere changes.</summary>
public class InterceptedCallsTests
{
    private const string Calls = """
        namespace Models;

        public partial class Caller
        {
            private readonly Linear member = Linear(1, 1);
            public Tensor Softmax(Tensor x) => x.softmax(-1);
            public Tensor Member(Tensor x) => member.call(x);
            public Tensor Owned(Owner owner, Tensor x) => owner.Inner.call(x);
        }
        """;

    private const string Owner = "namespace Models; public class Owner { public ReLU Inner = ReLU(); static int M() => 1; }";

    [Fact]
    public void A_body_elsewhere_leaves_every_file_as_it_was_read()
    {
        var (first, second) = Edit("=> 1;", "=> 2;");
        var (before, after) = (Read(first), Read(second));
        Assert.Same(Assert.Single(before), Assert.Single(after));
        Assert.Equal(2, before[0].Calls.Count);
    }

    [Fact]
    public void A_file_is_read_again_when_its_own_body_changes()
    {
        var compilation = Compile(Calls, Calls.Replace("Caller", "Second"), Owner);
        var before = Read(compilation);
        var after = Read(compilation.Edit(1, static source => source.Replace("softmax(-1)", "softmax(0).exp()", StringComparison.Ordinal)));
        Assert.Same(before[0], after[0]);
        Assert.NotEqual(before[1], after[1]);
    }

    /// <summary>An edit of the second file, which holds none of the calls, changes which of them are replaced, or by what.</summary>
    [Theory]
    [InlineData("ReLU Inner = ReLU()", "Linear Inner = Linear(1, 1)")]
    [InlineData("ReLU Inner = ReLU()", "Module<Tensor, Tensor> Inner = ReLU()")]
    [InlineData("public ReLU Inner", "[FullPrecision] public ReLU Inner")]
    [InlineData("public ReLU Inner", "[FullPrecision] public Linear Inner = Linear(1, 1); private ReLU other")]
    [InlineData("public class Owner", "public static class Extensions { public static Tensor softmax(this Tensor x, int dim) => x; }\npublic class Tensor;\npublic class Owner")]
    [InlineData("public class Owner", "partial class Caller { class Linear(int a, int b) { public Tensor call(Tensor x) => x; } static Linear Linear(int a, int b) => new(a, b); }\npublic class Owner")]
    [InlineData("namespace Models;", "global using Linear = TorchSharp.Modules.ReLU;\nnamespace Models;")]
    public void A_declaration_elsewhere_is_seen(string before, string after)
    {
        var (first, second) = Edit(before, after);
        var run = GeneratorRun.Of(first, [new InterceptionGenerator()]);
        var expected = GeneratorRun.Of(TestCompilation.Anew(second), [new InterceptionGenerator()]).Text();
        Assert.NotEqual(expected, run.Text());
        Assert.Equal(expected, run.Next(second).Text());
        Assert.Equal(run.Text(), run.Next(second).Next(first).Text());
    }

    [Fact]
    public void A_file_without_such_names_is_not_handed_on()
        => Assert.Empty(Read(Compile("class A { int Call() => 1; int M() => Call(); }", "class B;")));

    [Theory]
    [InlineData("InterceptsLocation")]
    [InlineData("InterceptsLocationAttribute")]
    [InlineData("System.Runtime.CompilerServices.InterceptsLocation")]
    [InlineData("global::System.Runtime.CompilerServices.InterceptsLocation")]
    [InlineData("A::InterceptsLocation")]
    public void Places_that_a_file_takes_are_read(string attribute)
    {
        var read = Read(Compile($"class C {{ const string Place = \"here\"; [{attribute}(1, Place)] void M() {{ }} [{attribute}(1, 2)] void N() {{ }} [Obsolete(\"a\", true)] void O() {{ }} }}"));
        Assert.Equal(["here"], Assert.Single(read).Taken);
    }

    private static EquatableArray<CallsOfFile> Read(Compilation compilation) => InterceptedCalls.Of(compilation, new ConfigOptions(), default);

    private static (CSharpCompilation First, CSharpCompilation Second) Edit(string before, string after)
    {
        var compilation = Compile(Calls, Owner, "class Last;");
        return (compilation, compilation.Edit(1, source => source.Replace(before, after, StringComparison.Ordinal)));
    }

    private static CSharpCompilation Compile(params string[] sources)
        => Interceptions.Compile([.. sources.Select(static source => TestCompilation.Usings + source)]);
}
