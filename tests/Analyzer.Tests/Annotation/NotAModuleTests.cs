using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0002.</summary>
public class NotAModuleTests
{
    [Theory]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] partial class {|PRC0002:A|};")]
    [InlineData("[FullPrecision] partial class {|PRC0002:A|};")]
    [InlineData("[FullPrecision] partial record {|PRC0002:A|};")]
    [InlineData("[FullPrecision] static partial class {|PRC0002:A|};")]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] partial class {|PRC0002:A|}() : Module(\"a\");")] // no forward of known types
    [InlineData("namespace Other { class Module<T1, TResult>; [FullPrecision] partial class {|PRC0002:A|} : Module<int, int>; }")]
    public Task A_class_that_is_no_generic_module_is_reported(string source) => Rule.Verify(source);

    [Theory]
    [InlineData("[FullPrecision] partial class A() : Module<Tensor, Tensor>(\"a\") { Tensor ForwardCore(Tensor x) => x.alias(); }")]
    [InlineData("[FullPrecision] partial class A() : Module<int, int>(\"a\") { int ForwardCore(int x) => x; }")]
    [InlineData("abstract class B<T>() : Module<T, Tensor>(\"b\"); [FullPrecision] partial class A : B<Tensor> { Tensor ForwardCore(Tensor x) => x.alias(); }")]
    [InlineData("namespace Other { class FullPrecisionAttribute : System.Attribute; [FullPrecision] class A; }")]
    [InlineData("class A;")]
    public Task Others_are_not(string source) => Rule.Verify(source);

    [Fact]
    public Task The_attribute_marks_the_part_that_is_reported()
        => Rule.Verify("partial class A; [FullPrecision] partial class {|PRC0002:A|}; partial class A;");
}
