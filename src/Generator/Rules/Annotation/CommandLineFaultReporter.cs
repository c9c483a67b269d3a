using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Functions;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Annotation;

/// <summary>
/// Reports PRC0001 and its family where the analyzer cannot: a class that its fault leaves without a <c>forward</c> is an error of
/// the compiler (CS0534), and after such an error a build on the command line runs no analyzers. It would name the missing
/// <c>forward</c> and not the reason. An output of builds: an editor that leaves those out while typing shows each fault once; one
/// that runs them (the workspaces of Roslyn 5.0) may show it twice, in the same words.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class CommandLineFaultReporter : IIncrementalGenerator
{
    /// <summary>The step that finds the faults, for the tests of what is cached.</summary>
    internal const string Faults = nameof(Faults);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var faults = context.CompilationProvider.SelectMany(static (compilation, token) => Find(compilation, token)).WithTrackingName(Faults);
        context.RegisterImplementationSourceOutput(
            faults,
            static (context, fault) => context.ReportDiagnostic(fault.ToDiagnostic(AnnotatedClassAnalyzer.RuleOf(fault.Id))));
    }

    private static ImmutableArray<CommandLineFault> Find(Compilation compilation, CancellationToken token)
        => [.. OfModules(compilation, token).Concat(OfFunctions(compilation, token)).OfType<Diagnostic>().Select(CommandLineFault.Of)];

    private static IEnumerable<Diagnostic?> OfModules(Compilation compilation, CancellationToken token)
        => AnnotatedClasses.Of(compilation, token).HaveFaults
            ? AnnotatedClassFinder.Find(compilation, token)
                .Where(type => !type.IsAbstract && LacksForward(type, token))
                .Select(type => AnnotatedClassAnalyzer.FindFault(type, token))
            : [];

    private static IEnumerable<Diagnostic?> OfFunctions(Compilation compilation, CancellationToken token)
        => FunctionClasses.Of(compilation, token).HaveFaults
            ? AnnotatedClassFinder.FindFunctions(compilation, token)
                .Where(static type => !type.IsAbstract && FunctionAnalysis.LacksMethods(type))
                .Select(type => FunctionCannotBeGenerated.Find(type, token))
            : [];

    /// <summary>Whether the compiler will miss a <c>forward</c> in a class that gets none of its own.</summary>
    private static bool LacksForward(INamedTypeSymbol type, CancellationToken token)
    {
        if (type.FindGenericModule() is null
            || (AnnotatedClassAnalysis.FindAnnotatedBase(type) is { } annotatedBase && AnnotatedClassAnalysis.IsGenerated(annotatedBase, token)))
        {
            return false;
        }

        for (var current = type; current is not null && !current.IsGenericModule(); current = current.BaseType)
        {
            foreach (var member in current.GetMembers(AnnotatedClassAnalysis.Forward))
            {
                if (member is IMethodSymbol { IsOverride: true })
                {
                    return member.IsAbstract;
                }
            }
        }

        return true;
    }
}
