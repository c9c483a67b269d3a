using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Tests.Infrastructure;
using Snapshooter;
using Snapshooter.Xunit;

namespace Precision.Generator.Tests.Interception;

/// <summary>What is intercepted, the text of it, and that every compiler setting accepts it.</summary>
public class InterceptedTextTests
{
    [Theory]
    [MemberData(nameof(CallShapes.Names), MemberType = typeof(CallShapes))]
    public void Text_is_as_reviewed(string shape)
        => Snapshot.Match(Interceptions.Run(CallShapes.Source(shape)).Text(), new SnapshotNameExtension(shape));

    [Theory]
    [MemberData(nameof(CallShapes.Names), MemberType = typeof(CallShapes))]
    public void Text_compiles_without_warnings(string shape)
    {
        foreach (var nullable in new[] { NullableContextOptions.Enable, NullableContextOptions.Disable })
        {
            foreach (var version in new[] { LanguageVersion.CSharp12, LanguageVersion.CSharp14 })
            {
                var source = nullable is NullableContextOptions.Disable
                    ? "#pragma warning disable CS8632 // the shape's own ?\n" + CallShapes.Source(shape)
                    : CallShapes.Source(shape);
                Interceptions.Run(TestCompilation.Create([source], nullable, version, checkOverflow: true, interceptors: "Precision")).Load();
            }
        }
    }

    [Theory]
    [MemberData(nameof(CallShapes.LeftAloneNames), MemberType = typeof(CallShapes))]
    public void What_cannot_or_need_not_be_intercepted_is_left_alone(string shape)
    {
        var run = Interceptions.Run(TestCompilation.Usings + CallShapes.LeftAlone[shape]);
        Assert.Empty(run.Files);
        run.Load();
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData(";Other;Precision.InterceptorsToo", false)]
    [InlineData("Precision.Interceptors.Deeper", false)]
    [InlineData(";Other;Precision.Interceptors", true)]
    [InlineData("Precision", true)]
    public void Nothing_is_generated_where_the_namespace_is_not_allowed(string? namespaces, bool isAllowed)
    {
        var run = Interceptions.Run(TestCompilation.Create([CallShapes.Source("Pinned")], interceptors: namespaces));
        Assert.Equal(isAllowed, run.Files.Length == 1);
        run.Load();
    }

    [Fact]
    public void A_call_that_another_interceptor_takes_is_left_to_it()
    {
        var calls = Interceptions.Compile(CallShapes.Source("Pinned"));
        var tree = calls.SyntaxTrees.Single();
        var call = tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>().First();
        var location = calls.GetSemanticModel(tree).GetInterceptableLocation(call)!;
        var other = $$"""
            namespace Precision.Interceptors
            {
                internal static class Others
                {
                    [System.Runtime.CompilerServices.InterceptsLocation({{location.Version}}, "{{location.Data}}")]
                    internal static TorchSharp.torch.Tensor Mine(TorchSharp.torch.Tensor x, int dim, TorchSharp.torch.ScalarType? dtype) => x;
                }
            }
            namespace System.Runtime.CompilerServices
            {
                internal sealed class InterceptsLocationAttribute(int version, string data) : Attribute
                {
                    internal int Version => version;
                    internal string Data => data;
                }
            }
            """;
        var run = Interceptions.Run(calls.AddSyntaxTrees(CSharpSyntaxTree.ParseText(other, (CSharpParseOptions)tree.Options, "Others.cs")));
        Assert.DoesNotContain(location.Data, run.Text(), StringComparison.Ordinal);
        Assert.Contains("torch_softmax", run.Text(), StringComparison.Ordinal);
        run.Load();
    }

    [Fact]
    public void Each_file_gets_one_file_and_equal_names_are_numbered()
    {
        var compilation = Interceptions.Compile();
        var options = new CSharpParseOptions(LanguageVersion.CSharp12).WithFeatures([new("InterceptorsNamespaces", "Precision.Interceptors")]);
        string[] paths = ["/b/Model.cs", "/a/model.cs", "/a/Other model.cs", "/a/Empty.cs"];
        for (var i = 0; i < paths.Length; i++)
        {
            var body = paths[i].EndsWith("Empty.cs", StringComparison.Ordinal) ? "x" : "x.softmax(0)";
            compilation = compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(
                TestCompilation.Usings + $"public static class C{i} {{ public static Tensor M(Tensor x) => {body}; }}", options, paths[i]));
        }

        var run = Interceptions.Run(compilation);
        Assert.Equal(
            ["Interceptors.Model_cs.2.g.cs", "Interceptors.Other_model_cs.g.cs", "Interceptors.model_cs.g.cs"],
            run.Files.Select(static file => file.HintName).Order(StringComparer.Ordinal));
        run.Load();
    }
}
