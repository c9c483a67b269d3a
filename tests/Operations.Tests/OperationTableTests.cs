using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using TorchSharp;

namespace Precision.Operations.Tests;

/// <summary>The table as data, and how calls find their rows.</summary>
public sealed class OperationTableTests
{
    private static readonly CSharpCompilation Libraries = CSharpCompilation.Create(
        "Calls",
        references: ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Append(typeof(torch).Assembly.Location)
            .Distinct()
            .Select(static path => MetadataReference.CreateFromFile(path)),
        options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

    [Fact]
    public void Rows_are_sorted_and_unique()
    {
        var keys = OperationTable.All.Select(Key).ToList();
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
        Assert.Equal(keys.Distinct().Count(), keys.Count);
    }

    [Fact]
    public void In_place_members_are_left_alone_by_autocast()
        => Assert.All(
            OperationTable.All.Where(operation => operation.Has(OperationTraits.InPlace)),
            operation => Assert.Equal((AutocastPolicy.Unlisted, AutocastPolicy.Unlisted), (operation.Cuda, operation.Cpu)));

    [Fact]
    public void Members_that_compute_nothing_are_left_alone_by_autocast()
        => Assert.All(
            OperationTable.All.Where(operation => operation.Has(OperationTraits.Layout)),
            operation => Assert.Equal((AutocastPolicy.Unlisted, AutocastPolicy.Unlisted, ResultDtype.Input), (operation.Cuda, operation.Cpu, operation.Result)));

    [Fact]
    public void Only_the_softmax_family_is_pinned()
        => Assert.All(OperationTable.All, operation => Assert.Equal(operation.Has(OperationTraits.Softmax), operation.IsPinned));

    [Theory]
    [InlineData("torch.softmax(x, 0)", "TorchSharp.torch.softmax")]
    [InlineData("x.softmax(0)", "TorchSharp.torch+Tensor.softmax")]
    [InlineData("functional.softmax(x, 0)", "TorchSharp.torch+nn+functional.softmax")]
    [InlineData("special.log_softmax(x, 0)", "TorchSharp.torch+special.log_softmax")]
    [InlineData("torch.linalg.norm(x)", "TorchSharp.torch+linalg.norm")]
    [InlineData("torch.where(x, x, x)", "TorchSharp.torch.where")]
    [InlineData("torch.where(x)", "TorchSharp.torch.where(Tensor)")]
    [InlineData("x.arctan()", "TorchSharp.torch+Tensor.arctan")]
    [InlineData("x.arctan(x)", "TorchSharp.torch+Tensor.arctan(Tensor)")]
    [InlineData("1.0 / x", "TorchSharp.torch+Tensor.op_Division(Double,Tensor)")]
    [InlineData("x / 2.0", "TorchSharp.torch+Tensor.op_Division")]
    [InlineData("Linear(1, 1).call(x)", "TorchSharp.Modules.Linear.forward")]
    [InlineData("Linear(1, 1).forward(x)", "TorchSharp.Modules.Linear.forward")]
    [InlineData("BatchNorm1d(1).call(x)", "TorchSharp.Modules.BatchNorm.forward")]
    [InlineData("new TorchSharp.Modules.Parameter(x).exp()", "TorchSharp.torch+Tensor.exp")]
    [InlineData("((Module<Tensor, Tensor>)Linear(1, 1)).call(x)", null)]
    [InlineData("x.to(torch.float32)", null)]
    [InlineData("Other.softmax(x, 0)", null)]
    [InlineData("Other.torch.softmax(x, 0)", null)]
    [InlineData("Elsewhere.torch.softmax(x, 0)", null)]
    [InlineData("TorchSharp.Other.softmax(x, 0)", null)]
    public void A_call_finds_its_row(string expression, string? row)
    {
        var (method, receiver) = Bind(expression);
        Assert.Equal(row, OperationTable.Find(method, receiver) is { } operation ? Key(operation) : null);
    }

    [Theory]
    [InlineData("torch.softmax(x, 0)")]
    [InlineData("Linear(1, 1).call(x)")]
    [InlineData("torch.where(x)")]
    [InlineData("Other.softmax(x, 0)")]
    public void Looking_up_allocates_nothing(string expression)
    {
        var (method, receiver) = Bind(expression);
        OperationTable.Find(method, receiver);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            OperationTable.Find(method, receiver);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData("a\tb", "'a\tb' has 2 columns instead of 15.")]
    [InlineData("a\tb\t\tcuda\tunlisted\tinput\t\t\t\t\t\t\t\t\t", "'cuda' is no policy.")]
    [InlineData("a\tb\t\tunlisted\tunlisted\toutput\t\t\t\t\t\t\t\t\t", "'output' is no result dtype.")]
    [InlineData("a\tb\t\tunlisted\tunlisted\tinput\tint\t\t\t\t\t\t\t\t", "'int' is no result of integers.")]
    [InlineData("a\tb\t\tunlisted\tunlisted\tinput\t\tone\t\t\t\t\t\t\t", "'one' is no rank.")]
    [InlineData("a\tb\t\tunlisted\tunlisted\tinput\t\t\t\t\t\t\t\tsoft\t", "'soft' is no trait.")]
    public void A_malformed_line_is_refused(string line, string message)
        => Assert.Equal(message, Assert.Throws<FormatException>(() => OperationTableReader.Read(new StringReader("columns\n" + line))).Message);

    [Fact]
    public void What_a_column_leaves_empty_is_null()
    {
        const string text = "columns\na\tb\tInt64,Tensor\tunlisted\tfloat32\tbool\tbytes\tsome\tpinned\tdtype\tmin,max\t11.09\tbias\tloss sum\ta note\na\tb\t\tunlisted\tunlisted\tinput\t\t\t\t\t\t\t\t\t";
        var (full, empty) = OperationTableReader.Read(new StringReader(text)) is [var first, var second] ? (first, second) : throw new InvalidOperationException();
        Assert.Equal("Int64,Tensor", string.Join(',', full.Parameters));
        Assert.Equal((AutocastPolicy.Unlisted, AutocastPolicy.Float32, ResultDtype.Bool), (full.Cuda, full.Cpu, full.Result));
        Assert.Equal((true, "dtype", OperationTraits.Loss | OperationTraits.Sum, "a note"), (full.IsPinned, full.DtypeParameter, full.Traits, full.Note));
        Assert.Equal((IntegerResult.Bytes, ResultRank.Some, 11.09, "bias"), (full.Integers, full.Rank, full.Limit, full.Free));
        Assert.Equal("min,max", string.Join(',', full.Numbers));
        Assert.True(empty.Parameters.IsDefault);
        Assert.Equal((IntegerResult.Same, ResultRank.Kept, null, null), (empty.Integers, empty.Rank, empty.Limit, empty.Free));
        Assert.Empty(empty.Numbers);
        Assert.Equal((false, null, OperationTraits.None, null), (empty.IsPinned, empty.DtypeParameter, empty.Traits, empty.Note));
    }

    private static string Key(Operation operation)
        => $"{operation.Type}.{operation.Member}{(operation.Parameters.IsDefault ? "" : $"({string.Join(",", operation.Parameters)})")}";

    private static (IMethodSymbol Method, ITypeSymbol? Receiver) Bind(string expression)
    {
        var tree = CSharpSyntaxTree.ParseText($$"""
            using TorchSharp;
            using static TorchSharp.torch;
            using static TorchSharp.torch.nn;
            static class Other
            {
                public static Tensor softmax(Tensor x, long dim) => x;
                public static class torch { public static Tensor softmax(Tensor x, long dim) => x; }
            }
            namespace Elsewhere
            {
                static class torch { public static Tensor softmax(Tensor x, long dim) => x; }
            }
            namespace TorchSharp
            {
                static class Other { public static Tensor softmax(Tensor x, long dim) => x; }
            }
            class C { object M(Tensor x) => {{expression}}; }
            """);
        var model = Libraries.AddSyntaxTrees(tree).GetSemanticModel(tree);
        var body = tree.GetRoot().DescendantNodes().OfType<ClassDeclarationSyntax>().Single(type => type.Identifier.Text == "C")
            .DescendantNodes().OfType<ArrowExpressionClauseSyntax>().Single().Expression;
        var method = Assert.IsAssignableFrom<IMethodSymbol>(model.GetSymbolInfo(body).Symbol);
        var receiver = body is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access }
            ? model.GetTypeInfo(access.Expression).Type
            : null;
        return (method, receiver);
    }
}
