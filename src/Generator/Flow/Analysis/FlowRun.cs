using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;

namespace Precision.Generator.Flow.Analysis;

/// <summary>One body as it runs in one way.</summary>
/// <param name="Body">The body.</param>
/// <param name="Owner">The member that it belongs to.</param>
/// <param name="Entry">How it is entered.</param>
/// <param name="Depth">How many calls deep in another analysis it is.</param>
/// <param name="Call">The call that it is; null where no other analysis asks for its result.</param>
/// <param name="KeepsValues">Whether what each expression gives is asked for, and not only what the body returns.</param>
/// <param name="Modules">
/// Told of each module that a call may run, by the call and the module's place among them, and of what it gives; null where nobody asks.
/// </param>
internal sealed record FlowRun(
    Body Body,
    ISymbol Owner,
    Entry Entry,
    int Depth = 0,
    CallUnderWay? Call = null,
    bool KeepsValues = false,
    Action<(SyntaxNode Call, int Place), HeldModule, FlowValue?>? Modules = null);
