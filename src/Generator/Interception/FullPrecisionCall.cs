using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Generation;
using Precision.Generator.Generation.Models;
using Precision.Generator.Generation.Symbols;
using Precision.Generator.Interception.Models;

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
            $"{member.MetadataName}_{method.Name}",
            $"<c>{method.Name}</c> through <c>{member.MetadataName}</c>, marked [FullPrecision]: autocast is off inside, and 16-bit inputs are cast to float32.",
            method.ReturnType.ToSource(keepsDynamic: true),
            method.Parameters(receiver),
            $"using {CompilerServices}ForwardRegion {region} = {CompilerServices}ForwardRegion.EnterFullPrecision({receiver}, {ForwardWriter.Device(parameters)});",
            $"{region}.Return({(method.ReturnType is IDynamicTypeSymbol ? "(object)" : "")}{receiver}.{method.Name}({string.Join(", ", parameters.Select(parameter => ForwardWriter.Cast("Input", region, parameter.Name, parameter.Shape)))}))");
    }

    /// <summary>Whether a method named <c>call</c> or <c>forward</c> is a module's.</summary>
    public static bool IsModuleMethod(IMethodSymbol method)
        => method.ContainingType.IsGenericModule() || method.ContainingType.FindGenericModule() is not null;
}
