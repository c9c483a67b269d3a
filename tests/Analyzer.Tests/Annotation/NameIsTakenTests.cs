using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0010.</summary>
public class NameIsTakenTests
{
    private const string Module = "() : Module<Tensor, Tensor>(\"n\")";
    private const string Core = " Tensor ForwardCore(Tensor x) => x.alias(); ";

    [Theory]
    [InlineData("public string {|PRC0010:PrecisionPolicy|} => \"mine\";")]
    [InlineData("public int {|PRC0010:PrecisionPolicy|};")]
    [InlineData("public void {|PRC0010:PrecisionPolicy|}() { }")]
    [InlineData("public class {|PRC0010:PrecisionPolicy|};")]
    [InlineData("public object {|PRC0010:get_PrecisionPolicy|}() => 1;")]
    [InlineData("public int {|PRC0010:CreateMasterWeights|}() => 1;")]
    [InlineData("public static int {|PRC0010:CreateMasterWeights|}() => 1;")]
    [InlineData("public int {|PRC0010:CreateMasterWeights|} = 1;")]
    [InlineData("int {|PRC0010:__precisionPolicy|} = 1;")]
    [InlineData("private new Tensor {|PRC0010:forward|}(Tensor x) => x.alias();")]
    [InlineData("[System.Runtime.CompilerServices.IndexerName(\"PrecisionPolicy\")] public int {|PRC0010:this|}[int i] => i;")]
    [InlineData("public class {|PRC0010:set_PrecisionPolicy|};")]
    public Task A_member_in_the_way_is_named(string member)
        => Rule.Verify("[MixedPrecision(Dtype.BFloat16)] partial class {|CS0534:A|}" + Module + " { " + member + Core + "}");

    [Theory]
    [InlineData("partial class {|PRC0010:{|CS0534:PrecisionPolicy|}|}")]
    [InlineData("partial class {|PRC0010:{|CS0534:CreateMasterWeights|}|}")]
    [InlineData("partial class {|PRC0010:{|CS0534:forward|}|}")]
    [InlineData("partial class {|PRC0010:{|CS0534:get_PrecisionPolicy|}|}")]
    [InlineData("partial class {|CS0534:A|}<{|PRC0010:set_PrecisionPolicy|}>")]
    public Task So_is_the_class_itself(string declaration)
        => Rule.Verify("#pragma warning disable CS8981\n[MixedPrecision(Dtype.BFloat16)] " + declaration + Module + " {" + Core + "}");

    [Theory]
    [InlineData("abstract class B() : Module<Tensor, Tensor>(\"b\") { public abstract string PrecisionPolicy { get; } } [MixedPrecision(Dtype.BFloat16)] partial class {|PRC0010:{|CS0534:{|CS0534:A|}|}|} : B {")]
    [InlineData("abstract class B() : Module<Tensor, Tensor>(\"b\") { public abstract int CreateMasterWeights(); } [MixedPrecision(Dtype.BFloat16)] partial class {|PRC0010:{|CS0534:{|CS0534:A|}|}|} : B {")]
    public Task So_is_an_abstract_member_of_a_base(string start) => Rule.Verify(start + Core + "}");

    /// <summary>Its bodies would read the generated member in place of the parameter.</summary>
    [Theory]
    [InlineData("int {|PRC0010:PrecisionPolicy|}", "x + PrecisionPolicy")]
    [InlineData("int {|PRC0010:__precisionPolicy|}", "x + __precisionPolicy")]
    [InlineData("System.Func<Tensor> {|PRC0010:CreateMasterWeights|}", "x + CreateMasterWeights()")]
    public Task So_is_a_parameter_of_a_primary_constructor(string parameter, string body)
        => Rule.Verify("[MixedPrecision(Dtype.BFloat16)] partial class {|CS0534:A|}(" + parameter + ") : Module<Tensor, Tensor>(\"n\") { Tensor ForwardCore(Tensor x) => " + body + "; }");

    [Theory]
    [InlineData("public new int forward;")]
    [InlineData("public new class forward;")]
    [InlineData("public new int forward(Tensor x) => 1;")]
    [InlineData("public new virtual Tensor forward(Tensor x) => x.alias();")]
    public Task So_is_what_keeps_forward_from_overriding_the_modules(string member)
        => Rule.Verify("#pragma warning disable CS8981\npublic class B() : Module<Tensor, Tensor>(\"b\") { public override Tensor forward(Tensor x) => x.alias(); } public class C : B { "
            + member + " } [MixedPrecision(Dtype.BFloat16)] partial class {|PRC0010:A|} : C;");

    [Fact]
    public Task So_is_an_override_whose_result_is_narrower()
        => Rule.Verify("public class B() : Module<Tensor, object>(\"b\") { public override string forward(Tensor x) => \"\"; } "
            + "[MixedPrecision(Dtype.BFloat16)] partial class {|PRC0010:A|} : B { object ForwardCore(Tensor x) => x; }");

    [Theory]
    [InlineData("private new int forward(Tensor x) => 1;")]
    [InlineData("public int forward(string x) => 1;")]
    public Task What_a_base_has_and_forward_passes_by_is_not_in_the_way(string member)
        => Rule.Verify("public class B() : Module<Tensor, Tensor>(\"b\") { public override Tensor forward(Tensor x) => x.alias(); } public class C : B { "
            + member + " } [MixedPrecision(Dtype.BFloat16)] partial class A : C;");

    [Theory]
    [InlineData("int CreateMasterWeights(int x) => x;")]
    [InlineData("int CreateMasterWeights<T>() => 1;")]
    [InlineData("int precisionPolicy = 1;")]
    [InlineData("new Tensor forward(Tensor x, int y) => x;")]
    public Task Another_signature_is_not_in_the_way(string member)
        => Rule.Verify("#pragma warning disable\n[MixedPrecision(Dtype.BFloat16)] partial class A" + Module + " { " + member + Core + "}");

    [Theory]
    [InlineData("public class B() : Module<Tensor, Tensor>(\"b\") { public string PrecisionPolicy => \"mine\"; public override Tensor forward(Tensor x) => x.alias(); } [MixedPrecision(Dtype.BFloat16)] partial class A : B;")]
    [InlineData("public class B() : Module<Tensor, Tensor>(\"b\") { public virtual int CreateMasterWeights() => 1; public override Tensor forward(Tensor x) => x.alias(); } [MixedPrecision(Dtype.BFloat16)] partial class A : B;")]
    public Task A_member_of_a_base_is_hidden(string source) => Rule.Verify(source);

    [Fact]
    public Task A_full_precision_class_may_have_the_names_of_the_policys_members()
        => Rule.Verify("[FullPrecision] partial class A" + Module + " { public int PrecisionPolicy; public int CreateMasterWeights() => 1;" + Core + "}");
}
