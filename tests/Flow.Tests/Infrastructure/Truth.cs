using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Forward;
using Precision.Generator.Interception;
using Precision.Generator.Tests.Infrastructure;
using static TorchSharp.torch;

namespace Precision.Flow.Tests.Infrastructure;

/// <summary>
/// Programs that tell the dtypes of their expressions (<c>Programs/Witness.cs</c>), compiled as a user's project is: with the
/// generators, interceptors allowed. What the flow says of each expression, beside what libtorch gave.
/// </summary>
internal sealed class Truth
{
    private const string Prefix = """
        #nullable disable warnings
        #pragma warning disable
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using Precision;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;
        #line 1

        """;

    /// <summary>The programs with what is generated.</summary>
    public Compilation Compilation { get; }

    private readonly AnalyzerConfigOptionsProvider options;

    private Truth(Compilation compilation, AnalyzerConfigOptionsProvider options) => (Compilation, this.options) = (compilation, options);

    /// <summary>Compiles programs.</summary>
    /// <param name="programs">File names and texts; the witness is added.</param>
    /// <param name="options">The options of the project, if it sets any.</param>
    public static Truth Of(IEnumerable<(string Name, string Text)> programs, AnalyzerConfigOptionsProvider? options = null)
    {
        options ??= new NoOptions();
        var parseOptions = new CSharpParseOptions(LanguageVersion.CSharp14).WithFeatures([new("InterceptorsNamespaces", InterceptionGenerator.Namespace)]);
        var original = CSharpCompilation.Create(
            "Programs",
            programs.Append(("Witness.cs", Program("Witness.cs"))).Select(program => CSharpSyntaxTree.ParseText(Prefix + program.Item2, parseOptions, program.Item1)),
            TestCompilation.References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable)
                .WithSpecificDiagnosticOptions([new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)])); // as the SDK does
        CSharpGeneratorDriver.Create(
                [new MixedPrecisionGenerator().AsSourceGenerator(), new InterceptionGenerator().AsSourceGenerator()],
                parseOptions: parseOptions,
                optionsProvider: options)
            .RunGeneratorsAndUpdateCompilation(original, out var output, out _);
        return new Truth(output, options);
    }

    /// <summary>The text of an embedded program.</summary>
    public static string Program(string name)
    {
        using var stream = typeof(Truth).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Runs a class's <c>Run()</c>.</summary>
    /// <returns>The dtypes that each line told, and the model that ran then.</returns>
    public ILookup<(string File, int Line), (string Model, ScalarType Dtype)> Execute(string type, Device device)
    {
        var assembly = TestCompilation.Load(Compilation);
        var witness = assembly.GetType("Witness")!;
        witness.GetField("Device")!.SetValue(null, device);
        using var scope = NewDisposeScope();
        assembly.GetType(type)!.GetMethod("Run")!.CreateDelegate<Action>()();
        return ((List<(string File, int Line, string Model, ScalarType Dtype)>)witness.GetField("Seen")!.GetValue(null)!)
            .ToLookup(seen => (seen.File, seen.Line), seen => (seen.Model, seen.Dtype));
    }

    /// <summary>What the flow says of every expression that a file tells.</summary>
    public IEnumerable<(Expression Expression, DtypeFact Fact)> Analyse(string file, FlowContext? context = null)
    {
        context ??= new FlowContext(Compilation, options);
        var tree = Compilation.SyntaxTrees.Single(tree => tree.FilePath == file);
        var model = Compilation.GetSemanticModel(tree);
        foreach (var call in tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>())
        {
            if (call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "Witness" }, Name.Identifier.ValueText: var name }
                && model.GetOperation(call) is IInvocationOperation invocation)
            {
                var argument = invocation.Arguments[0].Value;
                var owner = Member(model.GetEnclosingSymbol(call.SpanStart)!);
                var flow = context.FlowAround(argument, owner, default);
                yield return (
                    new Expression(file, call.GetLocation().GetMappedLineSpan().StartLinePosition.Line + 1, argument.Syntax.ToString(), name == "Tells", name == "Misses", owner.ContainingType.Name),
                    flow?.Of(argument) ?? DtypeFact.Unknown);
            }
        }
    }

    /// <summary>The member around a lambda or local function.</summary>
    private static ISymbol Member(ISymbol symbol)
    {
        while (symbol is IMethodSymbol { MethodKind: MethodKind.LambdaMethod or MethodKind.LocalFunction })
        {
            symbol = symbol.ContainingSymbol;
        }

        return symbol;
    }

    /// <summary>An expression that a program tells.</summary>
    /// <param name="File">The program.</param>
    /// <param name="Line">Its line there.</param>
    /// <param name="Text">Its text.</param>
    /// <param name="IsPlain">Whether the flow tells the dtype.</param>
    /// <param name="IsMissed">Whether only a reader can.</param>
    /// <param name="Type">The type that it stands in.</param>
    internal sealed record Expression(string File, int Line, string Text, bool IsPlain, bool IsMissed, string Type);
}
