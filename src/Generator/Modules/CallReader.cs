using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Modules;

/// <summary>Reads what calls of TorchSharp's and .NET's members give that make modules, or hand on collections of them.</summary>
internal sealed class CallReader(HeldReader reader)
{
    /// <summary>What one of TorchSharp's factories, containers or conversions gives.</summary>
    public Held OfTorchSharp(IInvocationOperation call, IMethodSymbol method)
    {
        // Conversions and their like give the module itself.
        if (call.Receiver() is { } receiver && receiver.Type.IsAnyModule()
            && (method.OriginalDefinition.ReturnType is ITypeParameterSymbol || (Containers.IsAddition(method.Name) && method.ReturnType.IsContainer())))
        {
            var held = reader.Read(receiver);
            return Containers.IsAddition(method.Name) ? held.With(Containers.Added(call.Arguments.Select(argument => reader.Read(argument.Value)), out _)) : held;
        }

        if (method.Name is "children" && call.Instance?.Type.IsContainer() == true)
        {
            return reader.Read(call.Instance);
        }

        return method.ReturnType is not INamedTypeSymbol type || call.Instance is not null ? Held.Unknown
            : type.IsContainer() ? Containers.Of(type, call.Arguments.Select(argument => reader.Read(argument.Value)))
            : Made(method);
    }

    /// <summary>The layer that one of TorchSharp's factories makes.</summary>
    public static Held Made(IMethodSymbol method)
        => method.ReturnType is INamedTypeSymbol type && type.IsAnyModule() && OperationTable.FindModule(type) is not null ? Held.Module(type) : Held.Unknown;

    /// <summary>What .NET's collections and LINQ make of other collections.</summary>
    public Held OfCollection(IInvocationOperation call, IMethodSymbol method)
    {
        var arguments = call.Arguments.Select(static argument => argument.Value);
        var sources = (call.Instance is { } instance ? arguments.Prepend(instance) : arguments).ToArray();
        switch (method.Name)
        {
            case "Range" or "Empty":
                return Held.Collection(null, [], isOrdered: false);
            case "Repeat":
                return Held.Collection(null, [reader.Read(sources[0])], isOrdered: false);
            case "Select" or "SelectMany" or "ConvertAll" when sources.Length >= 2:
                var made = reader.Selected(sources[1], reader.Read(sources[0]).Element());
                return Held.Collection(null, [method.Name == "SelectMany" ? made.Element() : made], isOrdered: false);
            case "Zip" when !sources.Any(MakesModules):
                return Held.Collection(null, [Held.Collection(null, [.. sources.Select(source => reader.Read(source).Element())], isOrdered: true)], isOrdered: false);
            case "Index":
                return Held.Collection(null, [Held.Collection(null, [Held.Nothing, reader.Read(sources[0]).Element()], isOrdered: true)], isOrdered: false);
            case "First" or "Last" or "Single" or "ElementAt" or "FirstOrDefault" or "LastOrDefault" or "SingleOrDefault" or "ElementAtOrDefault"
                or "Peek" or "Pop" or "Dequeue":
                return reader.Read(sources[0]).Element();
            default:
                var keepsOrder = method.Name is "ToArray" or "ToList" or "Cast" or "AsEnumerable" or "Concat" or "Append";
                return sources.Any(MakesModules) ? Held.Unknown
                    : method.ReturnType.MayHoldModules()
                    ? Containers.Copy(sources.Where(static source => source.Type?.TypeKind is not TypeKind.Delegate).Select(AsCollection), keepsOrder)
                    : Held.Nothing;
        }
    }

    /// <summary>Whether something is a function that may give other modules than those that it gets.</summary>
    private static bool MakesModules(IOperation source)
        => source.WithoutConversions().Type is INamedTypeSymbol { TypeKind: TypeKind.Delegate, DelegateInvokeMethod.ReturnType: var made } && made.MayHoldModules();

    private Held AsCollection(IOperation source)
        => reader.Read(source) is var held && source.WithoutConversions().Type.IsAnyModule() && !source.WithoutConversions().Type.IsContainer()
            ? Held.Collection(null, [held], isOrdered: true)
            : held;
}
