using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Models;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary><c>call</c> and <c>forward</c> through a member marked <c>[FullPrecision]</c>: autocast off, and float32 inputs.</summary>
internal static class FullPrecisionCall
{
    private const string CompilerServices = "global::Precision.CompilerServices.";

    public static Interceptor? Build(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (FullPrecisionMember.Of(call.Instance) is not { } member || !method.IsNameable() || !IsModuleMethod(method))
        {
            return null;
        }

        var parameters = new EquatableArray<ForwardParameter>(
            [.. method.Parameters.Select(static parameter => new ForwardParameter(
                SourceNames.Escape(parameter.Name), parameter.Type.ToSource(), DefaultValue: null, ValueShapes.Of(parameter.Type)))]);
        var names = new ForwardWriter.LocalNames(parameters);
        var (region, receiver) = (names.Unique("region"), names.Unique(Signatures.Receiver));
        return new Interceptor(
            $"{member.Name}_{method.Name}",
            $"<c>{method.Name}</c> through <c>{member.Name}</c>, marked [FullPrecision]: autocast is off inside, and 16-bit inputs are cast to float32.",
            method.ReturnType.ToSource(),
            method.Parameters(receiver),
            $"using var {region} = {CompilerServices}ForwardRegion.EnterFullPrecision({receiver}, {ForwardWriter.Device(parameters)});",
            $"{region}.Return({receiver}.{method.Name}({string.Join(", ", parameters.Select(parameter => ForwardWriter.Cast("Input", region, parameter.Name, parameter.Shape)))}))");
    }

    /// <summary>Whether a method named <c>call</c> or <c>forward</c> is a module's.</summary>
    public static bool IsModuleMethod(IMethodSymbol method)
        => method.ContainingType.IsGenericModule() || method.ContainingType.FindGenericModule() is not null;
}
