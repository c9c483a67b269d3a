using System.Reflection;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Operations;
using Precision.Generator.Tests.Infrastructure;
using TorchSharp;

namespace Precision.Generator.Tests.Layout;

/// <summary>What the generator knows of TorchSharp's members stands in <c>Operations</c>, once: no other file names one.</summary>
public class MemberNameTests
{
    /// <summary>Strings that are spelt as a member and are none, by file.</summary>
    private static readonly Dictionary<string, string[]> Others = new()
    {
        ["Sequences.cs"] = ["GetEnumerator"], // .NET's
        ["MemberTransfer.cs"] = ["real", "imag"], // properties
        ["TableTransfer.cs"] = ["mean", "std", "var", "min", "max"], // elements of tuples
        ["Constants.cs"] = ["min", "max"], // fields of finfo
        ["ConstantOutOfRange.cs"] = ["min", "max"], // the same, for a message
        ["BoundedExpressions.cs"] = ["min", "max"], // parameters
        ["Positions.cs"] = ["max"], // a parameter
        ["GeneratedNames.cs"] = ["set_"], // how accessors' names begin
        ["ReductionIn16Bit.cs"] = ["Parameter"], // the class
        ["Products.cs"] = ["Parameter"], // the same
        ["LogarithmIn16Bit.cs"] = ["min"], // a parameter
        ["ScaleFactors.cs"] = ["logit"], // part of a variable's name
        ["ProductOfTwoDtypes.cs"] = ["index"], // a parameter
        ["TensorUses.cs"] = ["index"], // the same
        ["Containers.cs"] = ["add"], // of a list of modules
        ["HeldMembers.cs"] = ["GetEnumerator"], // .NET's
    };

    /// <summary>The rows' members, and every method of TorchSharp that gives tensors.</summary>
    private static readonly HashSet<string> Members =
    [
        .. OperationTable.All.Select(static operation => operation.Member),
        .. typeof(torch).Assembly.GetExportedTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance))
            .Where(static method => IsTensor(method.ReturnType) && !method.IsSpecialName)
            .Select(static method => method.Name),
    ];

    [Fact]
    public void Only_the_table_names_members()
    {
        var found = SourceFiles.Of("src/Generator")
            .Where(static file => !file.Path.StartsWith("Operations", StringComparison.Ordinal))
            .SelectMany(static file => NamesIn(file.Path, file.Text))
            .ToList();
        Assert.Equal("", string.Join('\n', found.Where(static name => !Others.GetValueOrDefault(name.File, []).Contains(name.Text))));

        // What no file has any more leaves the list.
        Assert.All(Others.SelectMany(static file => file.Value.Select(text => (file.Key, text))), other => Assert.Contains(other, found));
    }

    [Theory]
    [InlineData("class C { bool M(string name) => name is \"softmax\" or \"other\"; }", "softmax")]
    [InlineData("class C { string[] names = [\"zeros\"]; }", "zeros")]
    [InlineData("class C { bool M(string name) => name == \"op_Division\"; }", "op_Division")]
    public void Names_are_seen(string source, string name) => Assert.Equal([("C.cs", name)], NamesIn("C.cs", source));

    private static IEnumerable<(string File, string Text)> NamesIn(string path, string text)
        => CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes()
            .OfType<LiteralExpressionSyntax>()
            .Select(static literal => literal.Token.Value)
            .OfType<string>()
            .Where(Members.Contains)
            .Distinct()
            .Select(name => (Path.GetFileName(path), name));

    private static bool IsTensor(Type type)
        => typeof(torch.Tensor).IsAssignableFrom(type)
            || (type.HasElementType && IsTensor(type.GetElementType()!))
            || type.GenericTypeArguments.Any(IsTensor);
}
