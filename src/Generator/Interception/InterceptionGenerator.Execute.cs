using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Interception.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>The work of the pipeline's steps.</summary>
public sealed partial class InterceptionGenerator
{
    /// <summary>Whether a build of the compilation has interceptors: the compiler was told to accept them, and they can say where the calls are.</summary>
    internal static bool IsAllowed(Compilation compilation)
        => compilation.SyntaxTrees.FirstOrDefault() is { Options: var options } && IsAllowed(options)
            && (HasFileTypes(options) || LocationAttribute.In(compilation) is not { } attribute || LocationAttribute.CanBeUsed(attribute));

    /// <summary>Whether the compiler was told to accept interceptors in our namespace: in it, or in one around it.</summary>
    private static bool IsAllowed(ParseOptions options)
        => options.Features.TryGetValue("InterceptorsNamespaces", out var namespaces)
            && namespaces.Split(';').Any(static allowed => (Namespace + ".").StartsWith(allowed.Trim() + ".", StringComparison.Ordinal));

    /// <summary>Whether generated types can be local to their file. Interceptors themselves need no language version.</summary>
    private static bool HasFileTypes(ParseOptions options) => options is CSharpParseOptions { LanguageVersion: >= LanguageVersion.CSharp11 };

    /// <summary>
    /// The calls by file, without those already taken and those whose place the compiler cannot tell from another: it names
    /// places by the text of their file. Files of one name, in several folders, are numbered in the order of their paths.
    /// </summary>
    private static ImmutableArray<InterceptedFile> Files(EquatableArray<CallsOfFile> sources, bool hasFileTypes)
    {
        var left = new HashSet<string>(sources.SelectMany(static source => source.Taken), StringComparer.Ordinal);
        var places = new HashSet<string>(StringComparer.Ordinal);
        left.UnionWith(sources.SelectMany(static source => source.Calls).Select(static call => call.Data).Where(place => !places.Add(place)));
        var names = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var files = ImmutableArray.CreateBuilder<InterceptedFile>();
        foreach (var file in sources
            .SelectMany(static source => source.Calls)
            .Where(call => !left.Contains(call.Data))
            .GroupBy(static call => call.FilePath, StringComparer.Ordinal)
            .OrderBy(static file => file.Key, StringComparer.Ordinal))
        {
            var name = HintNames.Readable(new string([.. FileName(file.Key).Select(static character => char.IsLetterOrDigit(character) ? character : '_')]));
            names.TryGetValue(name, out var count);
            names[name] = count + 1;
            var number = count == 0 ? "" : (count + 1).ToString(CultureInfo.InvariantCulture);
            files.Add(new InterceptedFile(
                $"Interceptors.{name}{(number.Length == 0 ? "" : "." + number)}.g.cs",
                new([.. file.OrderBy(static call => call.Start).ThenBy(static call => call.Data, StringComparer.Ordinal)]),
                hasFileTypes ? null : $"Interceptors_{name.Replace('.', '_')}_{number}"));
        }

        return files.ToImmutable();
    }

    /// <summary>A path's last part, whatever the machine that it is of.</summary>
    internal static string FileName(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];

    private static void WriteFile(SourceProductionContext context, InterceptedFile file)
        => context.AddSource(file.HintName, SourceText.From(InterceptedFileWriter.Write(file), Encoding.UTF8));

    private static void WriteSharedAttribute(SourceProductionContext context, bool isNeeded)
    {
        if (isNeeded)
        {
            context.AddSource("InterceptsLocationAttribute.g.cs", SourceText.From(InterceptedFileWriter.WriteSharedAttribute(), Encoding.UTF8));
        }
    }
}
