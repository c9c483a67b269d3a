using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Models;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception.Models;
using Precision.Generator.Lists;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary><c>call</c> and <c>forward</c> through a member marked <c>[FullPrecision]</c>: autocast off, and float32 inputs.</summary>
internal static class FullPrecisionCall
{
    public static Interceptor? Build(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (!OperationLists.IsModuleCall(method) || FullPrecisionMember.Of(call.Instance) is not { } member || !method.IsNameable())
        {
            return null;
        }

        var values = new ValueShapes(call.SemanticModel!.Compilation.Assembly);
        var parameters = new EquatableArray<ForwardParameter>(
            [.. method.Parameters.Select(parameter => new ForwardParameter(
                SourceNames.Escape(parameter.Name), parameter.Type.ToSource(), DefaultValue: null, values.Of(parameter.Type)))]);
        var names = new ForwardBody.LocalNames(parameters);
        var receiver = names.Unique(Signatures.Receiver);
        var result = method.ReturnType.ToSource(keepsDynamic: true);
        var cast = method.ReturnType is IDynamicTypeSymbol ? "(object)" : "";
        var body = ForwardBody.Write(
            "EnterFullPrecision", receiver, parameters, (result, values.Of(method.ReturnType)), "Return", names, arguments => $"{cast}{receiver}.{method.Name}({string.Join(", ", arguments)})");
        return new Interceptor(
            $"{member.MetadataName}_{method.Name}",
            $"<c>{method.Name}</c> through <c>{member.MetadataName}</c>, marked [FullPrecision]: autocast is off inside, and 16-bit inputs are cast to float32.",
            result,
            method.Parameters(receiver),
            new([.. body]));
    }
}
