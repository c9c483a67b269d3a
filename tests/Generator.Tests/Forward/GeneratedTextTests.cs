using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Tests.Infrastructure;
using Snapshooter;
using Snapshooter.Xunit;

namespace Precision.Generator.Tests.Forward;

/// <summary>What the generator writes, and that every compiler setting accepts it.</summary>
public class GeneratedTextTests
{
    [Theory]
    [MemberData(nameof(ClassShapes.Names), MemberType = typeof(ClassShapes))]
    public void Text_is_as_reviewed(string shape)
        => Snapshot.Match(GeneratorRun.Of(ClassShapes.Source(shape)).Text(), new SnapshotNameExtension(shape));

    [Theory]
    [MemberData(nameof(ClassShapes.Names), MemberType = typeof(ClassShapes))]
    public void Text_compiles_without_warnings(string shape)
    {
        foreach (var nullable in new[] { NullableContextOptions.Enable, NullableContextOptions.Disable })
        {
            var source = nullable is NullableContextOptions.Disable
                ? "#pragma warning disable CS8632 // the shape's own ?\n" + ClassShapes.Source(shape)
                : ClassShapes.Source(shape);
            foreach (var version in new[] { LanguageVersion.CSharp12, LanguageVersion.CSharp14 })
            {
                var compilation = TestCompilation.Create([source], nullable, version, checkOverflow: true);
                GeneratorRun.Of(compilation).Load();
            }
        }
    }

    [Theory]
    [MemberData(nameof(ClassShapes.Names), MemberType = typeof(ClassShapes))]
    public void Every_annotated_class_gets_one_file_with_line_feeds_only(string shape)
    {
        var run = GeneratorRun.Of(ClassShapes.Source(shape));
        var attributes = ClassShapes.All[shape].Split("[MixedPrecision").Length + ClassShapes.All[shape].Split("[FullPrecision").Length - 2;
        Assert.Equal(attributes, run.Files.Length);
        Assert.Equal(run.Files.Length, run.Files.Select(file => file.HintName.ToUpperInvariant()).Distinct().Count());
        Assert.All(run.Files, file => Assert.DoesNotContain('\r', file.SourceText.ToString()));
    }

    [Fact]
    public void Text_compiles_beside_a_namespace_named_as_torchsharps_class()
    {
        var run = GeneratorRun.Of(ClassShapes.Source("Simple"), "namespace Models.TorchSharp.torch { internal class Tensor { } }");
        run.Load();
    }

    [Theory]
    [InlineData("NotPartial", "[MixedPrecision(Dtype.BFloat16)] public class A() : Module<Tensor, Tensor>(\"a\") { public override Tensor forward(Tensor x) => x; }")]
    [InlineData("OuterNotPartial", "public class Outer { [MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(Tensor x) => x; } }")]
    [InlineData("FileLocal", "[MixedPrecision(Dtype.BFloat16)] file partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("NotAModule", "[MixedPrecision(Dtype.BFloat16)] public partial class A { Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("NonGenericModule", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module(\"a\") { Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("OverridesForward", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<Tensor, Tensor>(\"a\") { public override Tensor forward(Tensor x) => x; }")]
    [InlineData("NoForwardCore", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<Tensor, Tensor>(\"a\") { }")]
    [InlineData("OtherRank", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<Tensor[], Tensor>(\"a\") { Tensor ForwardCore(Tensor[,] x) => x[0, 0]; }")]
    [InlineData("OtherElement", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<Tensor[], Tensor>(\"a\") { Tensor ForwardCore(int[] x) => zeros(x[0]); }")]
    [InlineData("OtherTuple", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<List<(Tensor, int)>, Tensor>(\"a\") { Tensor ForwardCore(List<(Tensor, long)> x) => x[0].Item1; }")]
    [InlineData("OtherArity", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<(Tensor, int), Tensor>(\"a\") { Tensor ForwardCore((Tensor, int, int) x) => x.Item1; }")]
    [InlineData("OtherSignature", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(Tensor x, Tensor y) => x; }")]
    [InlineData("OtherResult", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<Tensor, Tensor>(\"a\") { object ForwardCore(Tensor x) => x; }")]
    [InlineData("ByReference", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(ref Tensor x) => x; }")]
    [InlineData("Static", "[MixedPrecision(Dtype.BFloat16)] public partial class A() : Module<Tensor, Tensor>(\"a\") { static Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("SealedForward", "public class B() : Module<Tensor, Tensor>(\"b\") { public sealed override Tensor forward(Tensor x) => x; } [MixedPrecision(Dtype.BFloat16)] public partial class A : B;")]
    [InlineData("SealedForwardAndCore", "public class B() : Module<Tensor, Tensor>(\"b\") { public sealed override Tensor forward(Tensor x) => x; } [MixedPrecision(Dtype.BFloat16)] public partial class A : B { Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("BadPolicy", "[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.Float16)] public partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("UnspecifiedCompute", "[MixedPrecision(Dtype.Unspecified)] public partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("BothAttributes", "[MixedPrecision(Dtype.BFloat16), FullPrecision] public partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("NoArgument", "[MixedPrecision] public partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("OtherLibrarysAttribute", "namespace Other { class MixedPrecisionAttribute : Attribute; [MixedPrecision] public partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(Tensor x) => x; } }")]
    public void Nothing_is_generated_where_it_could_not_work(string why, string source)
    {
        _ = why;
        Assert.Empty(GeneratorRun.Of(TestCompilation.Usings + source).Files);
    }

    [Fact]
    public void A_class_whose_annotated_base_is_faulty_gets_nothing()
        => Assert.Empty(GeneratorRun.Of(TestCompilation.Usings + """
            [MixedPrecision(Dtype.BFloat16)] public class B() : Module<Tensor, Tensor>("b") { protected virtual Tensor ForwardCore(Tensor x) => x; }
            [MixedPrecision(Dtype.BFloat16)] public partial class A : B { protected override Tensor ForwardCore(Tensor x) => x; }
            """).Files);

    [Fact]
    public void The_two_annotations_do_not_mix_along_a_chain()
    {
        var run = GeneratorRun.Of(TestCompilation.Usings + """
            [MixedPrecision(Dtype.BFloat16)] public partial class Mixed() : Module<Tensor, Tensor>("b") { protected virtual Tensor ForwardCore(Tensor x) => x; }
            [FullPrecision] public partial class FullOfMixed : Mixed { Tensor ForwardCore(Tensor x) => x; }
            [FullPrecision] public partial class Full() : Module<Tensor, Tensor>("b") { protected virtual Tensor ForwardCore(Tensor x) => x; }
            [MixedPrecision(Dtype.BFloat16)] public partial class MixedOfFull : Full { Tensor ForwardCore(Tensor x) => x; }
            """);
        Assert.Equal(["Full", "Mixed"], run.Files.Select(file => file.HintName.Split('.')[0]).Order());
    }
}
