using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Precision.Generator.Rules.Numerics;

/// <summary>One operation that the rules are asked about, by an analyzer or by the generator that summarises modules.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Owner">The member that it stands in.</param>
/// <param name="Options">The files' options.</param>
/// <param name="Report">Told of each diagnostic.</param>
/// <param name="Token">Cancels.</param>
internal readonly record struct RuleRun(
    IOperation Operation,
    ISymbol Owner,
    AnalyzerConfigOptionsProvider Options,
    Action<Diagnostic> Report,
    CancellationToken Token);
