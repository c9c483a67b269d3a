using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward;
using Precision.Generator.Interception;
using Precision.Generator.Tests.Infrastructure;
using Precision.Generator.Tests.Interception;

namespace Precision.Generator.Tests.Forward;

/// <summary>
/// Code is generated without a warning or error of its own wherever the user's compiles: in every language version, and where the user's
/// own file switches off what the compiler says about it.
/// </summary>
public class CompilesEverywhereTests
{
    private static readonly LanguageVersion[] Versions =
    [
        LanguageVersion.CSharp9, LanguageVersion.CSharp10, LanguageVersion.CSharp11, LanguageVersion.CSharp12, LanguageVersion.CSharp13, LanguageVersion.CSharp14,
    ];

    /// <summary>The shapes themselves need the newest versions: only what is said about generated files counts.</summary>
    [Theory]
    [MemberData(nameof(ClassShapes.Names), MemberType = typeof(ClassShapes))]
    public void Every_reviewed_class_in_every_language_version(string shape) => AssertClean(ClassShapes.Source(shape));

    /// <inheritdoc cref="Every_reviewed_class_in_every_language_version"/>
    [Theory]
    [MemberData(nameof(CallShapes.Names), MemberType = typeof(CallShapes))]
    public void Every_reviewed_call_in_every_language_version(string shape) => AssertClean(CallShapes.Source(shape));

    [Theory]
    [MemberData(nameof(StrangeClasses.Names), MemberType = typeof(StrangeClasses))]
    public void Every_strange_class_in_the_versions_that_it_compiles_in(string shape)
    {
        var source = StrangeClasses.Source(shape);
        AssertClean(source);
        var run = Run(Compile(source, LanguageVersion.CSharp14));
        Assert.NotEmpty(run.Results[1].GeneratedSources);
        run.Load();
    }

    [Theory]
    [InlineData(LanguageVersion.CSharp9)]
    [InlineData(LanguageVersion.CSharp10)]
    public void Interceptors_of_several_files_share_an_attribute_where_there_are_no_file_local_types(LanguageVersion version)
    {
        const string call = """
            public static class Scores{0} { public static TorchSharp.torch.Tensor Of(TorchSharp.torch.Tensor x) { return TorchSharp.torch.nn.functional.softmax(x, 1); } }
            """;
        var compilation = TestCompilation.Create(
            new[] { "A", "B" }.Select(name => "#pragma warning disable CS1591\n" + call.Replace("{0}", name, StringComparison.Ordinal)),
            languageVersion: version,
            interceptors: "Precision.Interceptors");
        var run = Run(compilation);
        Assert.Equal(3, run.Files.Length);
        run.Load();
    }

    /// <summary>What an attribute of the user's own cannot say is not said with it: the calls stay as they are.</summary>
    [Theory]
    [InlineData("[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)] internal sealed class InterceptsLocationAttribute : Attribute { public InterceptsLocationAttribute(int version, string data) { } }", true)]
    [InlineData("[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)] internal sealed class InterceptsLocationAttribute : Attribute { public InterceptsLocationAttribute(string file, int line, int character) { } }", false)]
    [InlineData("[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)] internal sealed class InterceptsLocationAttribute : Attribute { private InterceptsLocationAttribute(int version, string data) { } }", false)]
    [InlineData("[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)] internal abstract class InterceptsLocationAttribute : Attribute { public InterceptsLocationAttribute(int version, string data) { } }", false)]
    [InlineData("internal sealed class InterceptsLocationAttribute : Attribute { public InterceptsLocationAttribute(int version, string data) { } }", false)] // once only
    [InlineData("[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)] internal sealed class InterceptsLocationAttribute : Attribute { public InterceptsLocationAttribute(int version, string data) { } }", false)]
    [InlineData("internal sealed class InterceptsLocationAttribute { public InterceptsLocationAttribute(int version, string data) { } }", false)]
    [InlineData("internal static class InterceptsLocationAttribute { }", false)]
    public void An_attribute_of_the_users_own_is_used_where_it_can_be(string attribute, bool isUsed)
    {
        var source = $$"""
            #pragma warning disable CS1591
            using System;
            namespace System.Runtime.CompilerServices { {{attribute}} }
            public static class Scores { public static TorchSharp.torch.Tensor Of(TorchSharp.torch.Tensor x) { return x.softmax(1).softmax(1); } }
            """;
        foreach (var version in Versions)
        {
            var run = Run(TestCompilation.Create([source], languageVersion: version, interceptors: "Precision.Interceptors"));
            Assert.Equal(isUsed || version >= LanguageVersion.CSharp11, run.Files.Length > 0);
            run.Load();
        }
    }

    [Fact]
    public void A_long_name_still_fits_into_a_file_name()
    {
        var name = new string('N', 300);
        string Class(string suffix) => $"public static partial class {name}<T> {{ [MixedPrecision(Dtype.BFloat16)] public sealed partial class {name}{suffix}() : Module<Tensor, Tensor>(\"n\") {{ Tensor ForwardCore(Tensor x) => x.softmax(1); }} }}";
        var run = Run(Compile(TestCompilation.Usings + Class("a") + Class("A"), LanguageVersion.CSharp14, $"/{name}.cs"));
        run.Load();
        var hints = run.Results.SelectMany(result => result.GeneratedSources).Select(file => file.HintName).ToArray();
        Assert.Equal(3, hints.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(hints, hint => Assert.InRange(hint.Length, 1, 120));
    }

    [Theory]
    [InlineData("namespace CompanyDepartmentDepartmentDepartment0.CompanyDepartmentDepartmentDepartment1;", 1, 130)]
    [InlineData("namespace N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N.N;", 20, 10)]
    [InlineData("namespace Ψηφία;", 3, 90)] // more bytes than characters
    public void So_does_one_that_is_long_by_what_is_around_it(string start, int depth, int length)
    {
        var name = new string('Ω', length);
        var outer = string.Concat(Enumerable.Range(0, depth).Select(i => $"public static partial class {name}{i}<T{i}> {{ "));
        var run = Run(Compile(
            TestCompilation.Usings + start + outer + $"[MixedPrecision(Dtype.BFloat16)] public sealed partial class {name}() : Module<Tensor, Tensor>(\"n\") {{ Tensor ForwardCore(Tensor x) => x.softmax(1); }}"
                + new string('}', depth),
            LanguageVersion.CSharp14));
        run.Load();
        var hints = run.Results.SelectMany(result => result.GeneratedSources).Select(file => file.HintName).ToArray();
        Assert.Equal(2, hints.Length);
        Assert.All(hints, static hint => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(hint), 1, 250));
    }

    private static void AssertClean(string source)
    {
        foreach (var version in Versions)
        {
            var run = Run(Compile(source, version));
            var generated = run.Results.SelectMany(result => result.GeneratedSources).Select(file => file.SyntaxTree).ToHashSet();
            Assert.DoesNotContain(
                run.Output.GetDiagnostics(),
                diagnostic => diagnostic.Location.SourceTree is { } tree && generated.Contains(tree) && !diagnostic.IsSuppressed && diagnostic.Severity > DiagnosticSeverity.Info
                    && !diagnostic.GetMessage().Contains("'record structs'", StringComparison.Ordinal)); // around the class, in the user's source too
        }
    }

    private static CSharpCompilation Compile(string source, LanguageVersion version, string path = "Source.cs")
    {
        var compilation = TestCompilation.Create([source], NullableContextOptions.Enable, version, interceptors: "Precision.Interceptors");
        var tree = compilation.SyntaxTrees[0];
        compilation = compilation.ReplaceSyntaxTree(tree, tree.WithFilePath(path));
        return compilation.WithOptions(compilation.Options.WithAllowUnsafe(true));
    }

    private static GeneratorRun Run(Compilation compilation)
        => GeneratorRun.Of(compilation, [new InterceptionGenerator(), new MixedPrecisionGenerator()]);
}
