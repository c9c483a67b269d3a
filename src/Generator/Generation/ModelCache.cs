using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Precision.Generator.Generation.Models;

namespace Precision.Generator.Generation;

/// <summary>
/// The models of annotated classes by their declarations. The compiler asks for each on every keystroke; without this each would bind
/// its base type and its forward's signature again, though nothing that is declared has changed.
/// </summary>
internal static class ModelCache
{
    private static readonly ConditionalWeakTable<SyntaxNode, Entry> Entries = new();

    /// <summary>The model of a class, read from the symbol where it is not known.</summary>
    /// <param name="declaration">The part of the class that carries the attribute.</param>
    /// <param name="type">Its symbol.</param>
    /// <param name="compilation">The compilation of both.</param>
    /// <param name="token">Stops the work.</param>
    public static AnnotatedClass? GetOrBuild(SyntaxNode declaration, INamedTypeSymbol type, Compilation compilation, CancellationToken token)
    {
        var version = DeclarationVersion.Of(compilation);
        if (Entries.TryGetValue(declaration, out var entry) && entry.Version == version)
        {
            return entry.Model;
        }

        var model = AnnotatedClassBuilder.Build(type, token);
        lock (Entries)
        {
            Entries.Remove(declaration);
            Entries.Add(declaration, new Entry(version, model));
        }

        return model;
    }

    private sealed class Entry(DeclarationVersion version, AnnotatedClass? model)
    {
        public DeclarationVersion Version { get; } = version;

        public AnnotatedClass? Model { get; } = model;
    }
}
