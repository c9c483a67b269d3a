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
    [InlineData("static void F(Tensor x, Tensor y) { Native(x.Handle, y.Handle); GC.KeepAlive(x); }", "handle")]
    [InlineData("static nint? F(Tensor? x) => x?.Handle;", "handle")]
    [InlineData("static Tensor F(Tensor x) => exp(x);", "'x' is last used")]
    [InlineData("static Tensor F(Tensor x) => nn.functional.relu(x.exp());", "temporary")]
    [InlineData("static Tensor F(Tensor x, Tensor y) { var z = matmul(x, y); GC.KeepAlive(x); return z; }", "'y' is last used")]
    [InlineData("static Tensor F(Tensor x, Tensor y) { var z = x.matmul(y); GC.KeepAlive(y); return z; }", "'x' is last used")]
    [InlineData("static Tensor F(Tensor x, Tensor y) => x * y;", "'y' is last used")]
    [InlineData("static Tensor F(Tensor x) => -x;", "'x' is last used")]
    [InlineData("static Tensor F(Tensor x) => x[0];", "'x' is last used")]
    [InlineData("static long[] F(Tensor x) { GC.KeepAlive(x); return x.exp().shape; }", "temporary")]
    [InlineData("static ScalarType F(Tensor x) { var y = x.exp(); GC.KeepAlive(x); return y.dtype; }", "'y' is last used")]
    [InlineData("static Tensor? F(Tensor? x) => x?.exp();", "'x' is last used")]
    [InlineData("static void F(Tensor x, Tensor y) { x.grad = y; GC.KeepAlive(x); }", "'y' is last used")]
    [InlineData("static Func<Tensor, Tensor> F() => x => x.exp();", "'x' is last used")]
    [InlineData("static Func<Tensor> F(Tensor x) => () => x.exp();", "'x' is last used")]
    [InlineData("static Tensor F(Tensor x) { return G(); Tensor G() => x.exp(); }", "'x' is last used")]
    [InlineData("static Tensor F(T x) { T y = x.exp(); GC.KeepAlive(x); return y.log(); }", "'y' is last used")]
    [InlineData("static Tensor F(Tensor x, bool b) { if (b) { return x.exp(); } var y = x.log(); GC.KeepAlive(x); return y; }", "'x' is last used")]
    [InlineData("static Tensor F(Tensor x) { GC.KeepAlive(x); return x.exp(); }", "'x' is last used")]
    [InlineData("static Tensor F(Tensor x) { using (no_grad()) { var y = x.exp(); GC.KeepAlive(x); return y.log(); } }", "'y' is last used")]
    [InlineData("static Tensor P { get; } = zeros(1).exp();", "temporary")]
    [InlineData("static Tensor held = zeros(1).exp();", "temporary")]
    [InlineData("class D { Tensor this[Tensor x] => x.exp(); }", "'x' is last used")]
    [InlineData("class B(Tensor x); class D(Tensor x) : B(x.exp());", "'x' is last used")]
    public void Faults_are_seen(string method, string fault)
        => Assert.Contains(fault, string.Join('\n', FaultsOf(Compile([Source(method)]))));

    [Theory]
    [InlineData("static Tensor F(Tensor x) { using Scalar two = 2; var y = x.mul(two); GC.KeepAlive(x); return y; }")]
    [InlineData("static Tensor F(Tensor x) { using var y = x.exp(); var z = y.log(); GC.KeepAlive(x); return z; }")]
    [InlineData("static Tensor F(Tensor x) { using var scope = NewDisposeScope(); var z = x.exp().log(); GC.KeepAlive(x); return z.MoveToOuterDisposeScope(); }")]
    [InlineData("static nint F(Tensor x) { var handle = x.Handle; GC.KeepAlive(x); return handle; }")]
    [InlineData("static Tensor F(Tensor x) => x;")]
    [InlineData("static ScalarType F(Tensor x) => x.dtype;")]
    public void Careful_code_is_not(string method) => Assert.Empty(FaultsOf(Compile([Source(method)])));

    private static SyntaxTree Source(string method)
        => CSharpSyntaxTree.ParseText($$"""
            using System; using TorchSharp; using static TorchSharp.torch; using T = TorchSharp.torch.Tensor;
            static class C { static void Native(nint x, nint y) { } {{method}} }
            """);

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
            foreach (var declaration in tree.GetRoot().DescendantNodes().Where(IsMember))
            {
                foreach (var (node, fault) in new Method(declaration, model).Faults())
                {
                    var position = node.GetLocation().GetLineSpan();
                    yield return $"{Path.GetFileName(position.Path)}:{position.StartLinePosition.Line + 1}: {fault}: {node.ToString().Split('\n')[0]}";
                }
            }
        }
    }

    /// <summary>Whether code that runs at one time stands in it: a method, an accessor, an initialiser.</summary>
    private static bool IsMember(SyntaxNode node)
        => node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or FieldDeclarationSyntax or PrimaryConstructorBaseTypeSyntax
            or IndexerDeclarationSyntax { ExpressionBody: not null }
            or PropertyDeclarationSyntax { ExpressionBody: not null } or PropertyDeclarationSyntax { Initializer: not null };

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
                    case IPropertyReferenceOperation { Property.Name: "Handle", Instance: { } instance } when IsTensor(instance.Type):
                        if (!IsKeptAlive(instance))
                        {
                            yield return (node, "a handle whose tensor is not kept alive");
                        }

                        break;
                    default:
                        foreach (var used in Operands(operation))
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

        /// <summary>What an operation gives to native code.</summary>
        private IEnumerable<IOperation?> Operands(IOperation? operation) => operation switch
        {
            IInvocationOperation { TargetMethod: var method } call when IsTorchSharps(method) && IsNative(method)
                => call.Arguments.Select(static argument => argument.Value).Prepend(call.Instance),
            IBinaryOperation { OperatorMethod: { } method } binary when IsTorchSharps(method) => [binary.LeftOperand, binary.RightOperand],
            IUnaryOperation { OperatorMethod: { } method } unary when IsTorchSharps(method) => [unary.Operand],
            IPropertyReferenceOperation { Property: var property } reference when IsTensor(property.ContainingType) && property.Name != "IsInvalid"
                => reference.Arguments.Select(static argument => argument.Value).Append(property.IsIndexer || IsMade(reference.Instance) ? reference.Instance : null),
            ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property: var property } } assignment when IsTensor(property.ContainingType)
                => [assignment.Value],
            _ => [],
        };

        /// <summary>Whether the member itself has made the tensor. Of others a property is read: whoever has them is about to use them.</summary>
        private bool IsMade(IOperation? instance) => Unwrapped(instance) switch
        {
            IInvocationOperation { TargetMethod: var method } => IsTorchSharps(method),
            IBinaryOperation or IUnaryOperation => true,
            ILocalReferenceOperation { Local.DeclaringSyntaxReferences: [var declared] }
                => declared.GetSyntax() is VariableDeclaratorSyntax { Initializer.Value: var value } && IsMade(model.GetOperation(value)),
            _ => false,
        };

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
            => method is { MethodKind: not MethodKind.Constructor, Name: not ("DetachFromDisposeScope" or "MoveToOuterDisposeScope" or "MoveToOtherDisposeScope" or "Dispose" or "Detach") };

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
            used = Unwrapped(used)!;
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
        {
            var use = instance.Syntax;
            return model.GetSymbolInfo(Unwrapped(instance)!.Syntax).Symbol is { } symbol && KeepsAlive(symbol, use);
        }

        /// <summary>Without conversions; of "x?.exp()" the operand is x.</summary>
        private static IOperation? Unwrapped(IOperation? used)
        {
            while (true)
            {
                switch (used)
                {
                    case IConversionOperation { OperatorMethod: null } conversion:
                        used = conversion.Operand;
                        break;
                    case IConditionalAccessInstanceOperation instance:
                        var access = instance.Parent;
                        while (access is not IConditionalAccessOperation)
                        {
                            access = access!.Parent;
                        }

                        used = ((IConditionalAccessOperation)access).Operation;
                        break;
                    default:
                        return used;
                }
            }
        }

        /// <summary>Whether what runs after a use needs the object: what stands behind it, and before it leaves the member.</summary>
        private bool IsUsedAfter(ISymbol symbol, IOperation use)
            => KeepsAlive(symbol, use.Syntax) || After(use.Syntax).OfType<IdentifierNameSyntax>().Any(name => Is(name, symbol))
                || use.Syntax.Ancestors().OfType<ArgumentListSyntax>().Any(call => call.Arguments.Any(argument => Is(argument.Expression, symbol) && !argument.Contains(use.Syntax)));

        private bool KeepsAlive(ISymbol symbol, SyntaxNode use)
            => After(use).OfType<InvocationExpressionSyntax>().Any(call =>
                call.Expression.ToString() is "GC.KeepAlive" or "Lifetime.After" && call.ArgumentList.Arguments.Any(argument => Is(argument.Expression, symbol)));

        private bool Is(SyntaxNode node, ISymbol symbol) => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(node).Symbol, symbol);

        private IEnumerable<SyntaxNode> After(SyntaxNode use)
        {
            var left = use.Ancestors().FirstOrDefault(node =>
                node is ReturnStatementSyntax or ThrowStatementSyntax or LambdaExpressionSyntax or LocalFunctionStatementSyntax || node == declaration) ?? declaration;
            return left.DescendantNodes().Where(node => node.Span.End > use.Span.End);
        }

        private static bool IsDisposedHere(ILocalSymbol local)
            => local.IsUsing || local.DeclaringSyntaxReferences.Any(static reference => reference.GetSyntax() is ForEachStatementSyntax
                || reference.GetSyntax().Ancestors().Any(node => node is ForEachVariableStatementSyntax each && each.Variable.Span.Contains(reference.Span)));
    }
}
