using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Interception;
using Precision.Generator.Modules;
using Precision.Generator.Plan.Models;

namespace Precision.Generator.Plan;

/// <summary>Reads the operations of one method in source.</summary>
internal sealed class BodyReader
{
    private static readonly SymbolDisplayFormat TitleFormat = new(
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        memberOptions: SymbolDisplayMemberOptions.IncludeContainingType | SymbolDisplayMemberOptions.IncludeParameters,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    private readonly CancellationToken token;
    private readonly FlowContext flow;
    private readonly SourceModels models;
    private readonly HeldModules held;

    /// <param name="compilation">The user's code, without generated files.</param>
    /// <param name="options">The project's options.</param>
    /// <param name="token">Stops the work.</param>
    public BodyReader(Compilation compilation, AnalyzerConfigOptionsProvider options, CancellationToken token)
    {
        this.token = token;
        models = new SourceModels(compilation, token);
        flow = new FlowContext(compilation, options, models) { AssumesRepair = true };
        held = new HeldModules(flow.Holdings.ReaderOf(token));
    }

    public CancellationToken Token => token;

    /// <summary>How a model enters the methods that it runs.</summary>
    public Entries EntriesOf(INamedTypeSymbol model) => flow.Callers.EntriesOf(model, token);

    /// <summary>The method's operations in the order in which they run, or one row that says that there is no source.</summary>
    public PlanSection Read(PlannedBody body, Entries entries)
    {
        var named = body.Method.AssociatedSymbol ?? body.Method;
        var title = TitleOf(body);
        if (models.BodyOf(body.Method) is not { } operation || named.Locations is not [{ SourceTree: { } tree } location, ..])
        {
            return new PlanSection(body, title, File: null, [DtypeTexts.CompiledElsewhere(null, body.Method.Name)]);
        }

        var firstLine = location.GetLineSpan().StartLinePosition.Line;
        var rows = new RowReader(body, held, KnownDtypes.Of(operation, body, entries, flow, token), flow, firstLine);
        foreach (var current in InOrderOfRunning(operation))
        {
            token.ThrowIfCancellationRequested();
            rows.Read(current);
        }

        return new PlanSection(body, title, InterceptionGenerator.FileName(tree.FilePath), rows.ToImmutable());
    }

    /// <summary>How the plan calls a method, and a section that is about it.</summary>
    public static string TitleOf(PlannedBody body)
    {
        var title = (body.Method.AssociatedSymbol ?? body.Method).ToDisplayString(TitleFormat);
        var isInherited = !SymbolEqualityComparer.Default.Equals(body.Method.ContainingType, body.Class);
        return title
            + (isInherited && body.Method is { IsStatic: false } ? $" of {body.Class.Name}" : "")
            + (body.Mode == PlanMode.FullPrecision ? " in float32" : "");
    }

    /// <summary>Operands before what is done with them. Without recursion: a sum may have thousands of terms.</summary>
    private static IEnumerable<IOperation> InOrderOfRunning(IOperation root)
    {
        var open = new Stack<(IOperation Operation, IOperation.OperationList.Enumerator Children)>();
        open.Push((root, root.ChildOperations.GetEnumerator()));
        while (open.Count > 0)
        {
            var (operation, children) = open.Pop();
            if (children.MoveNext())
            {
                open.Push((operation, children));
                open.Push((children.Current, children.Current.ChildOperations.GetEnumerator()));
            }
            else
            {
                yield return operation;
            }
        }
    }
}
