using Microsoft.CodeAnalysis;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>A function by which generated code calls a method that only its own class may name.</summary>
/// <param name="method">The method.</param>
/// <param name="name">The function's name.</param>
/// <param name="receiver">A name that no parameter has.</param>
internal sealed class MethodAccessor(IMethodSymbol method, string name, string receiver)
{
    private const string Kind = "global::System.Runtime.CompilerServices.UnsafeAccessorKind.";

    public string Name => name;

    /// <summary>Its declaration. The first parameter names the class, or is the object.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            var parameters = method.Parameters
                .Select(static parameter => $"{parameter.Type.ToSource()} {SourceNames.Escape(parameter.Name)}")
                .Prepend($"{method.ContainingType.ToSource()}{(method.IsStatic ? "?" : "")} {receiver}");
            return
            [
                "",
                $"[global::System.Runtime.CompilerServices.UnsafeAccessor({Kind}{(method.IsStatic ? "StaticMethod" : "Method")}, Name = \"{method.Name}\")]",
                $"static extern {method.ReturnType.ToSource()} {name}({string.Join(", ", parameters)});",
            ];
        }
    }
}
