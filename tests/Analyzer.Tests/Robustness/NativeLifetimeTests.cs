using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Analyzer.Tests.Documentation;
using TorchSharp;

namespace Precision.Analyzer.Tests.Robustness;

/// <summary>
/// TorchSharp passes native handles and does not keep their objects alive, so that a collection on another thread can free a tensor or
/// a number during the native call that uses it. The library's own sources must not step into that. Not seen here: fields of an
/// object that is itself unused, and tensors that a lambda captures.
/// </summary>
public class NativeLifetimeTests
{
    private static readonly string[] Projects = ["src/Runtime", "src/Reports"];

    [Fact]
    public void The_library_keeps_tensors_and_numbers_alive_through_native_calls()
    {
        var faults = Projects.SelectMany(static project => FaultsOf(Compile(project))).ToList();
        Assert.True(faults.Count == 0, $"{faults.Count} faults:\n{string.Join('\n', faults)}");
    }

    [Theory]
    [InlineData("static Tensor F(Tensor x) => x * 2;", "number")]
    [InlineData("static Tensor F(Tensor x) { using var scope = NewDisposeScope(); return x.add(0.5); }", "number")]
    [InlineData("static Tensor F(Tensor x, Tensor y) { var z = x + y; GC.KeepAlive(x); GC.KeepAlive(y); return z; }", "factor")]
    [InlineData("static Tensor F(Tensor x, Tensor y) { var z = x.add(y); GC.KeepAlive(x); GC.KeepAlive(y); return z; }", "factor")]
    [InlineData("static Tensor F(Tensor x) => x.to_type(ScalarType.Float32);", "'x' is last used")]
    [InlineData("static Tensor F(Tensor x) { var y = x.exp(); GC.KeepAlive(x); return y.exp(); }", "'y' is last used")]
    [InlineData("static Tensor F(Tensor x) { var y = x.exp().log(); GC.KeepAlive(x); return y; }", "temporary")]
    [InlineData("static nint F(Tensor x) => x.Handle;", "handle")]
    public void Faults_are_seen(string method, string fault)
        => Assert.Contains(fault, string.Join('\n', FaultsOf(Compile([Source(method)]))));

    [Theory]
    [InlineData("static Tensor F(Tensor x) { using Scalar two = 2; var y = x.mul(two); GC.KeepAlive(x); return y; }")]
    [InlineData("static Tensor F(Tensor x) { using var y = x.exp(); var z = y.log(); GC.KeepAlive(x); return z; }")]
    [InlineData("static Tensor F(Tensor x) { using var scope = NewDisposeScope(); var z = x.exp().log(); GC.KeepAlive(x); return z.MoveToOuterDisposeScope(); }")]
    [InlineData("static nint F(Tensor x) { var handle = x.Handle; GC.KeepAlive(x); return handle; }")]
    [InlineData("static Tensor F(Tensor x) => x;")]
    public void Careful_code_is_not(string method) => Assert.Empty(FaultsOf(Compile([Source(method)])));

    private static SyntaxTree Source(string method)
        => CSharpSyntaxTree.ParseText($"using System; using TorchSharp; using static TorchSharp.torch; static class C {{ {method} }}");

    private static CSharpCompilation Compile(string project)
        => Compile(
            Directory.EnumerateFiles(Repository.PathOf(project), "*.cs", SearchOption.AllDirectories)
                .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal))
                .Select(static path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), path: path))
                .Append(CSharpSyntaxTree.ParseText("global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;")));

    private static CSharpCompilation Compile(IEnumerable<SyntaxTree> sources)
        => CSharpCompilation.Create(
            "checked",
            sources,
            [.. Net100.References.All, MetadataReference.CreateFromFile(typeof(torch).Assembly.Location), MetadataReference.CreateFromFile(typeof(IMixedPrecisionModule).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));

    private static IEnumerable<string> FaultsOf(CSharpCompilation compilation)
    {
        foreach (var tree in compilation.SyntaxTrees)
        {
            var model = compilation.GetSemanticModel(tree);
            foreach (var declaration in tree.GetRoot().DescendantNodes().Where(static node => node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or PropertyDeclarationSyntax { ExpressionBody: not null } or FieldDeclarationSyntax))
            {
                foreach (var (node, fault) in new Method(declaration, model).Faults())
                {
                    var position = node.GetLocation().GetLineSpan();
                    yield return $"{Path.GetFileName(position.Path)}:{position.StartLinePosition.Line + 1}: {fault}: {node.ToString().Split('\n')[0]}";
                }
            }
        }
    }

    /// <summary>One member, with the objects that its code keeps alive.</summary>
    private sealed class Method(SyntaxNode declaration, SemanticModel model)
    {
        /// <summary>Whether a scope of the method's own holds all tensors that TorchSharp makes in it.</summary>
        private readonly bool hasScope = declaration.DescendantNodes().OfType<InvocationExpressionSyntax>()
            .Any(static call => call.Expression.ToString().EndsWith("NewDisposeScope", StringComparison.Ordinal));

        public IEnumerable<(SyntaxNode Node, string Fault)> Faults()
        {
            foreach (var node in declaration.DescendantNodes())
            {
                var operation = model.GetOperation(node);

                // An implicit conversion has the syntax of its operand.
                if (operation?.Parent is IConversionOperation { OperatorMethod: not null, Type.Name: "Scalar" } conversion && !IsHeld(conversion))
                {
                    yield return (node, "a temporary number");
                }

                switch (operation)
                {
                    case IBinaryOperation { OperatorMethod: { } mixed } when IsTorchSharps(mixed) && mixed.Parameters.Any(static p => p.Type.SpecialType is not SpecialType.None):
                        yield return (node, "TorchSharp makes a temporary number");
                        break;
                    case IBinaryOperation { OperatorKind: BinaryOperatorKind.Add, OperatorMethod: { } sum } when sum.Parameters.All(static p => IsTensor(p.Type)):
                        yield return (node, "TorchSharp makes a temporary factor for a sum; use add(other, Scalars.One)");
                        break;
                    case IInvocationOperation { TargetMethod: { Name: "add" or "add_", Parameters: [{ Type: var only }] } method } when IsTorchSharps(method) && IsTensor(only):
                        yield return (node, "TorchSharp makes a temporary factor for a sum; use add(other, Scalars.One)");
                        break;
                    case IPropertyReferenceOperation { Property.Name: "Handle", Instance: { } instance } when IsTensor(instance.Type) && !IsKeptAlive(instance):
                        yield return (node, "a handle whose tensor is not kept alive");
                        break;
                    case IInvocationOperation { TargetMethod: var method } call when IsTorchSharps(method) && IsNative(method):
                        foreach (var used in call.Arguments.Select(static argument => argument.Value).Prepend(call.Instance))
                        {
                            if (used is not null && FaultOf(used) is { } fault)
                            {
                                yield return (node, fault);
                            }
                        }

                        break;
                }
            }
        }

        private static bool IsTensor(ITypeSymbol? type)
        {
            for (; type is not null; type = type.BaseType)
            {
                if (type is { Name: "Tensor", ContainingType.Name: "torch" })
                {
                    return true;
                }
            }

            return false;
        }

        private static bool IsTorchSharps(IMethodSymbol method) => method.ContainingAssembly?.Name == "TorchSharp";

        /// <summary>Whether a method may go into native code for long: what only reads the object, or its scope, does not.</summary>
        private static bool IsNative(IMethodSymbol method)
            => IsTensor(method.ContainingType) && method.Name is not ("DetachFromDisposeScope" or "MoveToOuterDisposeScope" or "Dispose");

        /// <summary>A number in a <c>using</c> or a static field lives long enough.</summary>
        private static bool IsHeld(IOperation conversion)
        {
            for (var current = conversion.Parent; current is not null; current = current.Parent)
            {
                if (current is IFieldInitializerOperation or IUsingDeclarationOperation or IUsingOperation)
                {
                    return true;
                }

                if (current is IInvocationOperation or IBinaryOperation or IArgumentOperation)
                {
                    return false;
                }
            }

            return false;
        }

        private string? FaultOf(IOperation used)
        {
            while (used is IConversionOperation { OperatorMethod: null } conversion)
            {
                used = conversion.Operand;
            }

            if (!IsTensor(used.Type) || hasScope && used is not IParameterReferenceOperation)
            {
                return null;
            }

            return used switch
            {
                IInvocationOperation or IBinaryOperation or IObjectCreationOperation => "a temporary tensor in no scope",
                IParameterReferenceOperation { Parameter: var parameter } when !IsUsedAfter(parameter, used) => $"'{parameter.Name}' is last used by a native call",
                ILocalReferenceOperation { Local: var local } when !IsDisposedHere(local) && !IsUsedAfter(local, used) => $"'{local.Name}' is last used by a native call",
                _ => null,
            };
        }

        private bool IsKeptAlive(IOperation instance)
            => model.GetSymbolInfo(instance.Syntax).Symbol is { } symbol && KeepsAlive(symbol);

        private bool IsUsedAfter(ISymbol symbol, IOperation use)
        {
            var end = use.Syntax.Span.End;
            return KeepsAlive(symbol)
                || declaration.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name =>
                    name.SpanStart >= end && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name).Symbol, symbol));
        }

        private bool KeepsAlive(ISymbol symbol)
            => declaration.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call =>
                call.Expression.ToString() is "GC.KeepAlive" or "Lifetime.After"
                && call.ArgumentList.Arguments.Any(argument => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(argument.Expression).Symbol, symbol)));

        private static bool IsDisposedHere(ILocalSymbol local)
            => local.IsUsing || local.DeclaringSyntaxReferences.Any(static reference =>
                reference.GetSyntax().Ancestors().Any(static node => node is UsingStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: (int)SyntaxKind.UsingKeyword }
                    or ForEachStatementSyntax));
    }
}
