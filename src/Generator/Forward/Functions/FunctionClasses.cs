using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Functions;

/// <summary>
/// All marked autograd functions of a compilation, read once for each version of what is declared, as <see cref="AnnotatedClasses"/> are.
/// </summary>
/// <param name="Models">Those that get code.</param>
/// <param name="HaveFaults">Whether there are others, of which the analyzers say why they get none.</param>
internal sealed record FunctionClasses(ImmutableArray<FunctionClass> Models, bool HaveFaults)
{
    private static readonly ConditionalWeakTable<DeclarationVersion, FunctionClasses> ByVersion = new();

    /// <summary>The functions of a compilation, read from its symbols where they are not known.</summary>
    public static FunctionClasses Of(Compilation compilation, CancellationToken token)
    {
        var version = DeclarationVersion.Of(compilation);
        return ByVersion.TryGetValue(version, out var known) ? known : ByVersion.GetValue(version, _ => Read(compilation, token));
    }

    private static FunctionClasses Read(Compilation compilation, CancellationToken token)
    {
        var models = ImmutableArray.CreateBuilder<FunctionClass>();
        var haveFaults = false;
        foreach (var type in AnnotatedClassFinder.FindFunctions(compilation, token))
        {
            var analysis = FunctionAnalysis.Of(type, token);
            if (analysis is { Fault: FunctionFault.None, Base: { } @base })
            {
                models.Add(new FunctionClass(
                    SourceNames.HintName(type),
                    type.ContainingNamespace.ToSource(),
                    PartialType.Declarations(type),
                    AutogradFunctions.IsMulti(@base),
                    analysis.CastInputs));
            }
            else
            {
                haveFaults = true;
            }
        }

        return new(models.ToImmutable(), haveFaults);
    }
}
