using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Rules.Annotation;

/// <summary>
/// Finds uses (<c>new</c>, base type) of annotated classes of other assemblies that lack their generated code. An annotated
/// class that derives from one cannot work at all, which is PRC0006.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AnnotatedClassLacksGeneratedCodeAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [AnnotatedClassLacksGeneratedCode.Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            // Most compilations reference no assembly that has annotated classes, and pay nothing.
            if (!start.Compilation.SourceModule.ReferencedAssemblySymbols.Any(HasAnnotations))
            {
                return;
            }

            start.RegisterOperationAction(AnalyzeCreation, OperationKind.ObjectCreation);
            start.RegisterSymbolAction(AnalyzeBase, SymbolKind.NamedType);
        });
    }

    private static bool HasAnnotations(IAssemblySymbol assembly)
        => assembly.Modules.Any(module => module.ReferencedAssemblies.Any(reference => reference.Name == "Precision"));

    private static void AnalyzeCreation(OperationAnalysisContext context)
    {
        if (((IObjectCreationOperation)context.Operation).Type is INamedTypeSymbol { TypeKind: TypeKind.Class } type
            && Lacks(type))
        {
            context.ReportDiagnostic(AnnotatedClassLacksGeneratedCode.Create(type, context.Operation.Syntax.GetLocation()));
        }
    }

    private static void AnalyzeBase(SymbolAnalysisContext context)
    {
        if (context.Symbol is INamedTypeSymbol { TypeKind: TypeKind.Class, BaseType: { } baseType } type
            && Lacks(baseType)
            && !type.IsAnnotated())
        {
            context.ReportDiagnostic(AnnotatedClassLacksGeneratedCode.Create(baseType, BaseLocation(type, context.CancellationToken)));
        }
    }

    /// <summary>
    /// Whether a class of another assembly is annotated without generated code. Not asked of a class that has source: it is
    /// reported there, and in an editor its generated code may be a moment late.
    /// </summary>
    private static bool Lacks(INamedTypeSymbol type)
        => type.OriginalDefinition is var definition
            && definition.DeclaringSyntaxReferences.IsEmpty
            && definition.IsAnnotated()
            && !AnnotatedClassAnalysis.HasGeneratedCode(definition);

    private static Location BaseLocation(INamedTypeSymbol type, CancellationToken token)
    {
        foreach (var reference in type.DeclaringSyntaxReferences)
        {
            // A class's base class stands first in its list.
            if (reference.GetSyntax(token) is BaseTypeDeclarationSyntax { BaseList.Types: [var first, ..] })
            {
                return first.Type.GetLocation();
            }
        }

        return type.Locations[0];
    }
}
