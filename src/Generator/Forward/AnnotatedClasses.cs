using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward;

/// <summary>
/// All annotated classes of a compilation. Read once for each version of what is declared: while only bodies change a keystroke gets
/// the same object, nothing is bound, and the pipeline's next steps do not run.
/// </summary>
/// <param name="Models">Those that get code.</param>
/// <param name="HaveFaults">Whether there are others, of which the analyzers say why they get none.</param>
internal sealed record AnnotatedClasses(ImmutableArray<AnnotatedClass> Models, bool HaveFaults)
{
    private static readonly ConditionalWeakTable<DeclarationVersion, AnnotatedClasses> ByVersion = new();

    /// <summary>The classes of a compilation, read from its symbols where they are not known.</summary>
    public static AnnotatedClasses Of(Compilation compilation, CancellationToken token)
    {
        var version = DeclarationVersion.Of(compilation);
        return ByVersion.TryGetValue(version, out var known) ? known : ByVersion.GetValue(version, _ => Read(compilation, token));
    }

    private static AnnotatedClasses Read(Compilation compilation, CancellationToken token)
    {
        var models = ImmutableArray.CreateBuilder<AnnotatedClass>();
        var haveFaults = false;
        foreach (var type in AnnotatedClassFinder.Find(compilation, token))
        {
            if (AnnotatedClassBuilder.Build(type, token) is { } model)
            {
                models.Add(model);
            }
            else
            {
                haveFaults = true;
            }
        }

        return new(models.ToImmutable(), haveFaults);
    }
}
