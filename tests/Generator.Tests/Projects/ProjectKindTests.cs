using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Forward;
using Precision.Generator.Interception;
using Precision.Generator.Plan;
using Precision.Generator.Tests.Infrastructure;
using Precision.Generator.Tests.Interception;
using Precision.Generator.Tests.Plan;
using static TorchSharp.torch;

namespace Precision.Generator.Tests.Projects;

/// <summary>All generators together over projects of every kind: each compiles with what is generated, warnings as errors.</summary>
public class ProjectKindTests
{
    private const string Model = """
        [Precision.MixedPrecision(Precision.Dtype.BFloat16)]
        public sealed partial class Model : TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>
        {
            [Precision.FullPrecision] private readonly TorchSharp.Modules.Linear head = TorchSharp.torch.nn.Linear(4, 4);
            private readonly TorchSharp.Modules.Linear layer = TorchSharp.torch.nn.Linear(4, 4);
            public Model() : base("model") { RegisterComponents(); }
            private TorchSharp.torch.Tensor ForwardCore(TorchSharp.torch.Tensor x) { return head.call(layer.call(x).softmax(-1)); }
        }
        """;

    /// <summary>
    /// One file with directives, statements and the model, as <c>dotnet run app.cs</c> compiles it. Statements have no class that
    /// could be named, and their calls are replaced all the same.
    /// </summary>
    [Fact]
    public void A_file_based_app_is_one_file_with_statements()
    {
        var source = """
            #!/usr/bin/env dotnet
            #:package Precision@0.1.0
            #:property LibTorch=cpu
            #pragma warning disable CS1591
            var model = new Model();
            var outside = TorchSharp.torch.rand(2, 4).softmax(-1);
            TorchSharp.torch.Tensor Local(TorchSharp.torch.Tensor x) => x.log_softmax(-1);
            System.Console.WriteLine(Local(model.call(outside)).shape.Length);

            """ + Model;
        var options = new CSharpParseOptions(LanguageVersion.CSharp14)
            .WithFeatures([new("FileBasedProgram", "true"), new("InterceptorsNamespaces", "Precision.Interceptors")]);
        var compilation = Interceptions.Compile()
            .AddSyntaxTrees(CSharpSyntaxTree.ParseText(source, options, "/somewhere/app.cs"));
        compilation = compilation.WithOptions(compilation.Options.WithOutputKind(OutputKind.ConsoleApplication));
        var run = Run(compilation);
        Assert.Equal(5, Replaced(run));
        run.Load();
    }

    [Fact]
    public void Each_target_framework_gets_what_its_sources_say()
    {
        const string source = """
            #pragma warning disable CS1591
            #if NET10_0
            [Precision.MixedPrecision(Precision.Dtype.BFloat16)]
            #else
            [Precision.MixedPrecision(Precision.Dtype.Float16)]
            #endif
            public sealed partial class Model() : TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>("model")
            {
            #if WINDOWS
                private TorchSharp.torch.Tensor ForwardCore(TorchSharp.torch.Tensor x) => x.softmax(0);
            #else
                private TorchSharp.torch.Tensor ForwardCore(TorchSharp.torch.Tensor x) => x.exp();
            #endif
            }
            """;
        var (linux, windows, later) = (Of("NET10_0"), Of("NET10_0", "WINDOWS"), Of("NET11_0", "WINDOWS"));
        Assert.Equal((0, 1, 1), (Replaced(linux), Replaced(windows), Replaced(later)));
        Assert.Contains("Dtype.BFloat16", linux.Results[1].GeneratedSources.Single().SourceText.ToString(), StringComparison.Ordinal);
        Assert.Equal(linux.Results[1].GeneratedSources.Single().SourceText.ToString(), windows.Results[1].GeneratedSources.Single().SourceText.ToString());
        Assert.Contains("Dtype.Float16", later.Results[1].GeneratedSources.Single().SourceText.ToString(), StringComparison.Ordinal);

        static GeneratorRun Of(params string[] symbols)
        {
            var options = ((CSharpParseOptions)Interceptions.Compile("").SyntaxTrees[0].Options).WithPreprocessorSymbols(symbols);
            var run = Run(Interceptions.Compile().AddSyntaxTrees(CSharpSyntaxTree.ParseText(source, options, "Model.cs")));
            run.Load();
            return run;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_project_without_the_library_or_without_TorchSharp_is_left_alone(bool hasTorchSharp)
    {
        const string source = """
            #pragma warning disable CS1591
            public class Softmax { public int softmax(int x) => x; public int call(int x) => softmax(x); }
            public static class Program { public static int Of(Softmax s) => s.call(s.softmax(1)); }
            """;
        var compilation = Interceptions.Compile(source, hasTorchSharp ? "#pragma warning disable CS1591\npublic static class More { public static TorchSharp.torch.Tensor Of(TorchSharp.torch.Tensor x) => x.relu(); }" : "");
        var library = Path.GetFileName(typeof(IMixedPrecisionModule).Assembly.Location);
        compilation = compilation.RemoveReferences(compilation.References.Where(reference
            => Path.GetFileName(reference.Display) == library || (!hasTorchSharp && Path.GetFileName(reference.Display) == "TorchSharp.dll")));
        var run = Run(compilation);
        Assert.Empty(run.Results[0].GeneratedSources);
        Assert.Empty(run.Results[1].GeneratedSources);
        run.Load();
    }

    /// <summary>A module under a mark, a marked member and an annotated model, all of another assembly.</summary>
    [Fact]
    public void Models_of_another_project_are_called_and_held()
    {
        var library = Run(Interceptions.Compile(TestCompilation.Usings + """
            namespace Library;

            public class Probe() : Module<Tensor, Tensor>("probe")
            {
                public ScalarType Seen;
                public override Tensor forward(Tensor x)
                {
                    Seen = x.dtype;
                    return x.matmul(x);
                }
            }

            public class Holder { [FullPrecision] public readonly Probe Marked = new(); }

            [MixedPrecision(Dtype.Float16, Output = Dtype.Float16)]
            public partial class Annotated : Probe;
            """).WithAssemblyName("Library"));
        using var image = new MemoryStream();
        Assert.True(library.Output.Emit(image).Success);
        var loaded = System.Reflection.Assembly.Load(image.ToArray());
        image.Position = 0;
        var user = Interceptions.Compile(TestCompilation.Usings + """
            using Library;

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Model : Module<Tensor, Tensor>
            {
                public readonly Holder holder = new();
                [FullPrecision] public readonly Probe marked = new();
                public readonly Probe plain = new();
                public readonly Annotated annotated = new();
                public Model() : base("model") => RegisterComponents();
                private Tensor ForwardCore(Tensor x) 
                {
                    x = x.matmul(x);
                    return annotated.call(plain.call(x) + holder.Marked.call(x) + marked.call(x));
                }
            }
            """);
        var run = Run(user.AddReferences(MetadataReference.CreateFromStream(image)));
        Assert.Equal(2, run.Files.Single().SourceText.ToString().Split("InterceptsLocation(1").Length - 1);
        Assert.Contains("| 4 | `plain (Probe)` | ? | ? | not in this project's source; Library has no summary of it |  |", run.Results[2].GeneratedSources.Single().SourceText.ToString(), StringComparison.Ordinal);
        Assert.Contains("| 4 | `annotated (Annotated)` |  |  | annotated itself: its own policy holds |  |", run.Results[2].GeneratedSources.Single().SourceText.ToString(), StringComparison.Ordinal);

        AppDomain.CurrentDomain.AssemblyResolve += Resolve;
        try
        {
            using var scope = NewDisposeScope();
            var model = run.Load().Create<nn.Module<Tensor, Tensor>>("Model");
            Assert.Equal(ScalarType.Float32, model.call(rand(2, 2)).dtype);
            Assert.Equal(
                [ScalarType.Float32, ScalarType.Float32, ScalarType.BFloat16],
                new[] { model.Field<object>("marked"), model.Field<object>("holder").Field<object>("Marked"), model.Field<object>("plain") }.Select(Seen));
        }
        finally
        {
            AppDomain.CurrentDomain.AssemblyResolve -= Resolve;
        }

        static ScalarType Seen(object probe) => probe.Field<ScalarType>("Seen");

        System.Reflection.Assembly? Resolve(object? sender, ResolveEventArgs args) => new System.Reflection.AssemblyName(args.Name).Name == "Library" ? loaded : null;
    }

    [Fact]
    public void Names_that_hide_everything_generated_code_needs_do_not_matter()
    {
        var run = Run(Interceptions.Compile(
            "#pragma warning disable CS1591, CS0436, CS8981\n" + Model.Replace("Precision.", "global::Precision.", StringComparison.Ordinal).Replace("TorchSharp.", "global::TorchSharp.", StringComparison.Ordinal)
                .Insert(0, "namespace Models.Precision.TorchSharp.System;\n"),
            """
            #pragma warning disable CS1591, CS0436, CS8981
            namespace Models.Precision.TorchSharp.System
            {
                public static class Precision { }
                public static class TorchSharp { }
                public static class System { }
                public static class torch { }
                public static class Tensor { }
                public static class Interceptors { }
                public static class PrecisionPolicy { }
                public static class InterceptsLocationAttribute { }
            }

            namespace Precision.Interceptors
            {
                public static class Interceptors { public static void System() { } }
                public static class Precision { }
                public static class TorchSharp { }
                public static class System { }
            }

            namespace System.Runtime.CompilerServices
            {
                public static class InterceptsLocationAttribute { }
                public static class System { }
            }
            """));
        Assert.Equal(3, Replaced(run));
        run.Load();
    }

    /// <summary>A place is told by its file's checksum: two files of the same text cannot be told apart.</summary>
    [Fact]
    public void Two_files_of_the_same_text_are_left_as_written()
    {
        const string source = "file static class C { public static TorchSharp.torch.Tensor Of(TorchSharp.torch.Tensor x) => x.softmax(0); }";
        const string other = "static class D { public static TorchSharp.torch.Tensor Of(TorchSharp.torch.Tensor x) => x.softmax(0); }";
        var compilation = Interceptions.Compile();
        var options = (CSharpParseOptions)Interceptions.Compile("").SyntaxTrees[0].Options;
        var run = Run(compilation.AddSyntaxTrees(
            CSharpSyntaxTree.ParseText(source, options, "a/C.cs"),
            CSharpSyntaxTree.ParseText(source, options, "b/C.cs"),
            CSharpSyntaxTree.ParseText(other, options, "D.cs")));
        Assert.Equal(1, Replaced(run));
        run.Load();
    }

    private static GeneratorRun Run(Compilation compilation)
        => GeneratorRun.Of(compilation, [new InterceptionGenerator(), new MixedPrecisionGenerator(), new PrecisionPlanGenerator()], properties: Plans.Wanted);

    private static int Replaced(GeneratorRun run)
        => run.Files.Sum(static file => file.SourceText.ToString().Split("InterceptsLocation(1, ").Length - 1);
}
