using Microsoft.CodeAnalysis.Testing;
using Precision.CodeFixes.Annotation;
using Precision.Generator.Rules.Annotation;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0001.</summary>
public class NotPartialTests
{
    [Fact]
    public Task A_class_that_is_not_partial_is_made_partial()
        => Rule.VerifyFix<MakePartialCodeFix>(
            """
            [MixedPrecision(Dtype.BFloat16)]
            public sealed class {|CS0534:{|PRC0001:Model|}|}() : Module<Tensor, Tensor>("model")
            {
                private Tensor ForwardCore(Tensor x) => x.alias();
            }
            """,
            """
            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Model() : Module<Tensor, Tensor>("model")
            {
                private Tensor ForwardCore(Tensor x) => x.alias();
            }
            """);

    [Fact]
    public Task What_stands_before_the_keyword_stays_there()
        => Rule.VerifyFix<MakePartialCodeFix>(
            """
            public class Base() : Module<Tensor, Tensor>("base") { public override Tensor forward(Tensor x) => x.alias(); }

            /// <summary>A model.</summary>
            // a comment
            [FullPrecision] // another
            class {|PRC0001:Plain|} : Base;

            /// <summary>A model.</summary>
            [FullPrecision]
            public /* why */ sealed   class {|PRC0001:Commented|} : Base;
            """,
            """
            public class Base() : Module<Tensor, Tensor>("base") { public override Tensor forward(Tensor x) => x.alias(); }

            /// <summary>A model.</summary>
            // a comment
            [FullPrecision] // another
            partial class Plain : Base;

            /// <summary>A model.</summary>
            [FullPrecision]
            public /* why */ sealed   partial class Commented : Base;
            """);

    [Fact]
    public Task Types_around_it_are_made_partial_too_once_for_all_their_classes()
        => Rule.VerifyFix<MakePartialCodeFix>(
            """
            static class Outer
            {
                internal record struct Middle<T>
                {
                    interface IInner
                    {
                        [MixedPrecision(Dtype.BFloat16)]
                        class {|CS0534:{|PRC0001:First|}|}() : Module<Tensor, Tensor>("first")
                        {
                            Tensor ForwardCore(Tensor x) => x.alias();
                        }

                        [MixedPrecision(Dtype.BFloat16)]
                        partial class {|CS0534:{|PRC0001:Second|}|}() : Module<Tensor, Tensor>("second")
                        {
                            Tensor ForwardCore(Tensor x) => x.alias();
                        }
                    }
                }
            }
            """,
            """
            static partial class Outer
            {
                internal partial record struct Middle<T>
                {
                    partial interface IInner
                    {
                        [MixedPrecision(Dtype.BFloat16)]
                        partial class First() : Module<Tensor, Tensor>("first")
                        {
                            Tensor ForwardCore(Tensor x) => x.alias();
                        }

                        [MixedPrecision(Dtype.BFloat16)]
                        partial class Second() : Module<Tensor, Tensor>("second")
                        {
                            Tensor ForwardCore(Tensor x) => x.alias();
                        }
                    }
                }
            }
            """);

    [Fact]
    public Task A_file_local_class_is_reported_and_has_no_fix()
    {
        const string source = """
            [MixedPrecision(Dtype.BFloat16)]
            file partial class {|CS0534:{|PRC0001:Model|}|}() : Module<Tensor, Tensor>("model")
            {
                private Tensor ForwardCore(Tensor x) => x.alias();
            }
            """;
        return Rule.VerifyFix<MakePartialCodeFix>(source, source);
    }

    [Fact]
    public Task The_message_names_the_type_that_is_not_partial()
        => Rule.Verify(
            """
            class Outer
            {
                [MixedPrecision(Dtype.BFloat16)]
                partial class {|CS0534:{|#0:Model|}|}() : Module<Tensor, Tensor>("model")
                {
                    Tensor ForwardCore(Tensor x) => x.alias();
                }
            }
            """,
            test => test.ExpectedDiagnostics.Add(new DiagnosticResult(AnnotatedClassIsNotPartial.Rule)
                .WithLocation(0).WithArguments("Model", "Outer", "not partial")));
}
