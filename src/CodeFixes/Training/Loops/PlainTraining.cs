using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Operations;
using Precision.Generator.Protocol;
using Precision.Generator.Roslyn;

namespace Precision.CodeFixes.Training.Loops;

/// <summary>A variable or private field with an optimizer that trains one annotated model in a plain loop, and nothing else.</summary>
internal sealed class PlainTraining
{
    private readonly SemanticModel model;
    private readonly CancellationToken token;
    private readonly SyntaxNode root;
    private string? trainedHere;

    private PlainTraining(ISymbol holder, SemanticModel model, CancellationToken token)
    {
        (Holder, this.model, this.token) = (holder, model, token);
        root = model.SyntaxTree.GetRoot(token);
        References = [.. NamesOf(holder)];
    }

    /// <summary>The variable or field.</summary>
    public ISymbol Holder { get; }

    /// <summary>The parameter to which it is given; null where it is not handed over.</summary>
    public IParameterSymbol? Parameter { get; private set; }

    /// <summary>Where it is named, without its declaration.</summary>
    public List<IdentifierNameSyntax> References { get; }

    /// <summary>Where it is handed over.</summary>
    public HashSet<ArgumentSyntax> Handovers { get; } = [];

    /// <summary>What makes the optimizer.</summary>
    public ExpressionSyntax Creation { get; private set; } = null!;

    /// <summary>The argument with the model's parameters.</summary>
    public ArgumentSyntax Parameters { get; private set; } = null!;

    /// <summary>The model where the optimizer is made.</summary>
    public ExpressionSyntax Model { get; private set; } = null!;

    /// <summary>The method, local function or program in which gradients are computed and used.</summary>
    public SyntaxNode Function { get; private set; } = null!;

    /// <summary>The calls that compute gradients.</summary>
    public List<InvocationExpressionSyntax> Backwards { get; } = [];

    /// <summary>The calls that clear gradients, and whether no step has used those.</summary>
    public Dictionary<InvocationExpressionSyntax, bool> Clears { get; } = [];

    /// <summary>The optimizer's steps.</summary>
    public List<InvocationExpressionSyntax> Steps { get; } = [];

    /// <summary>The calls that clip the model's gradients.</summary>
    public List<InvocationExpressionSyntax> Clips { get; } = [];

    /// <summary>The steps of schedules.</summary>
    public List<InvocationExpressionSyntax> Schedules { get; } = [];

    /// <summary>The training of an optimizer; null where it is not plain.</summary>
    public static PlainTraining? Of(ISymbol holder, SemanticModel model, CancellationToken token)
        => holder is IParameterSymbol parameter
            ? Handover.HolderOf(parameter, model, token) is { } given and not IParameterSymbol ? Of(given, model, token) : null
            : holder is ILocalSymbol or IFieldSymbol { DeclaredAccessibility: Accessibility.Private, IsStatic: false }
            && new PlainTraining(holder, model, token) is var training && training.Read() ? training : null;

    /// <summary>The name with <c>this.</c> before it where that is written.</summary>
    public static ExpressionSyntax Whole(IdentifierNameSyntax reference)
        => reference.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } access ? access : reference;

    /// <summary>The call that is made on the optimizer; null for other uses.</summary>
    public static InvocationExpressionSyntax? CallOn(IdentifierNameSyntax reference)
        => Whole(reference).Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax call } access
            && access.Expression == Whole(reference) ? call : null;

    /// <summary>The function around a node.</summary>
    public static SyntaxNode FunctionOf(SyntaxNode node) => node.Ancestors().First(static outer
        => outer is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or CompilationUnitSyntax
            or (MemberDeclarationSyntax and not GlobalStatementSyntax));

    private IEnumerable<IdentifierNameSyntax> NamesOf(ISymbol symbol)
        => root.DescendantNodes().OfType<IdentifierNameSyntax>().Where(name => name.Identifier.ValueText == symbol.Name
            && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, token).Symbol, symbol));

    private bool Read()
        => Holder.DeclaringSyntaxReferences is [{ SyntaxTree: var tree }] && tree == root.SyntaxTree
            && (Holder is ILocalSymbol || Holder.ContainingType.DeclaringSyntaxReferences.Length == 1)
            && FindCreation() && FindHandover() && FindFunction() && ReadFunction() && ChangesNothingBetween() && IsOrdered();

    private bool FindCreation()
    {
        var declarator = (VariableDeclaratorSyntax?)null;
        if (Holder.DeclaringSyntaxReferences[0].GetSyntax(token) is VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax declaration } found
            && declaration.Variables.Count == 1 && declaration.Type is not NullableTypeSyntax)
        {
            declarator = found;
        }

        var assigned = References.Where(static reference => IsTarget(Whole(reference))).ToList();
        var value = (declarator?.Initializer, assigned, Holder) switch
        {
            ({ Value: var initial }, [], ILocalSymbol) => initial,
            (null, [var target], IFieldSymbol) => ((AssignmentExpressionSyntax)Whole(target).Parent!).Right,
            _ => null,
        };
        if (declarator is null || value is null || model.GetOperation(value, token) is not { Type: { Name: not "LBFGS" } type } creation
            || !TrainingMembers.IsOptimizer(type))
        {
            return false;
        }

        var arguments = creation switch
        {
            IInvocationOperation call when TrainingMembers.Of(call.TargetMethod) is TrainingMember.CreateOptimizer => call.Arguments,
            IObjectCreationOperation made => made.Arguments,
            _ => default,
        };
        if (arguments.IsDefaultOrEmpty || arguments.FirstOrDefault(static argument => argument.Parameter?.Ordinal == 0) is not
            { Syntax: ArgumentSyntax { Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } } parameters } first
            || first.Value.WithoutConversions() is not IInvocationOperation { Instance: { } trained } gives
            || !TrainingMembers.GivesParameters(gives.TargetMethod))
        {
            return false;
        }

        (Creation, Parameters, Model) = (value, parameters, access.Expression);
        var code = new Code(Body.Of(creation.Root(), token), model.Compilation.Assembly);
        return AnnotatedModels.HoldsAnnotated(trained, new Frame(code, null, null, null, History.Unknown));
    }

    private static bool IsTarget(ExpressionSyntax expression)
        => expression.Parent is AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression } assignment
            && assignment.Left == expression;

    /// <summary>Finds the one method that gets the optimizer, if there is one.</summary>
    private bool FindHandover()
    {
        foreach (var argument in References.Select(static reference => Whole(reference).Parent).OfType<ArgumentSyntax>())
        {
            if (Handover.ParameterOf(argument, Holder, model, token) is { } parameter)
            {
                Handovers.Add(argument);
                if (!SymbolEqualityComparer.Default.Equals(Parameter ??= parameter, parameter))
                {
                    return false;
                }
            }
        }

        if (Parameter is null)
        {
            return true;
        }

        References.AddRange(NamesOf(Parameter));
        trainedHere = ((IMethodSymbol)Parameter.ContainingSymbol).Parameters.FirstOrDefault(parameter
            => Handover.ArgumentsOf(parameter, model, token) is { Count: > 0 } given
                && given.TrueForAll(argument => argument.Expression.ToString() == Model.WithoutTrivia().ToString()))?.Name;
        return Parameter.DeclaringSyntaxReferences is [var reference]
            && reference.GetSyntax(token) is ParameterSyntax { Type: not NullableTypeSyntax };
    }

    /// <summary>Sorts the uses of the optimizer: any that hands it to others makes the training theirs too.</summary>
    private bool FindFunction()
    {
        foreach (var reference in References)
        {
            var whole = Whole(reference);
            if (FunctionOf(reference) is AnonymousFunctionExpressionSyntax)
            {
                return false;
            }

            switch (CallOn(reference))
            {
                case { } call when ScalerCalls.MemberOf(call, model, token) is var member and (TrainingMember.OptimizerStep or TrainingMember.ZeroGrad):
                    if (call.Parent is not ExpressionStatementSyntax
                        || (member is TrainingMember.OptimizerStep && call.ArgumentList.Arguments.Count > 0)
                        || (Function ??= FunctionOf(call)) != FunctionOf(call))
                    {
                        return false;
                    }

                    if (member is TrainingMember.OptimizerStep)
                    {
                        Steps.Add(call);
                    }
                    else
                    {
                        Clears.Add(call, false);
                    }

                    break;
                case { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "add_param_group" or "parameters" } }:
                    return false;
                case not null:
                    break;
                default:
                    if (!(IsTarget(whole) && ((AssignmentExpressionSyntax)whole.Parent!).Right == Creation)
                        && !(whole.Parent is ArgumentSyntax argument && Handovers.Contains(argument)) && !IsRead(whole) && !IsOfSchedule(whole))
                    {
                        return false;
                    }

                    break;
            }
        }

        return Steps.Count > 0;
    }

    private static bool IsRead(ExpressionSyntax whole) => whole.Parent is MemberAccessExpressionSyntax access && access.Expression == whole;

    private bool IsOfSchedule(ExpressionSyntax whole)
        => whole.Parent is ArgumentSyntax { Parent.Parent: ExpressionSyntax made }
            && model.GetTypeInfo(made, token).Type is { } type && Derives(type, "LRScheduler");

    private static bool Derives(ITypeSymbol type, string name)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.Name == name)
            {
                return true;
            }
        }

        return false;
    }

    private bool ReadFunction()
    {
        var uses = new GradientUses(model.Compilation, token);
        foreach (var call in Function.DescendantNodes().OfType<InvocationExpressionSyntax>())
        {
            var isHere = FunctionOf(call) == Function;
            switch (ScalerCalls.MemberOf(call, model, token))
            {
                case TrainingMember.Backward when isHere && IsPlainBackward(call):
                    Backwards.Add(call);
                    break;
                case TrainingMember.ZeroGrad when Clears.ContainsKey(call):
                case TrainingMember.OptimizerStep when Steps.Contains(call):
                    break;
                case TrainingMember.ZeroGrad when isHere && call.Parent is ExpressionStatementSyntax && IsModel(ScalerCalls.Receiver(call)):
                    Clears.Add(call, false);
                    break;
                case TrainingMember.Clip when isHere:
                    Clips.Add(call);
                    break;
                case TrainingMember.SchedulerStep when isHere:
                    Schedules.Add(call);
                    break;
                case TrainingMember.None when uses.AreIn(call):
                case TrainingMember.Backward or TrainingMember.ZeroGrad or TrainingMember.OptimizerStep or TrainingMember.Clip
                    or TrainingMember.SchedulerStep or TrainingMember.Scale or TrainingMember.Unscale or TrainingMember.ScalerStep
                    or TrainingMember.Update or TrainingMember.SetScale or TrainingMember.TrainingBackward or TrainingMember.TrainingStep
                    or TrainingMember.TrainingReset or TrainingMember.CreateMasters or TrainingMember.CreateTraining:
                    return false;
            }
        }

        return Backwards.Count > 0 && !GradientUses.AreNamedIn(Function);
    }

    /// <summary>Whether an expression, as it is written, is the model that is trained.</summary>
    public bool IsModel(string? expression)
        => expression is not null && expression == (Parameter is null ? Model.WithoutTrivia().ToString() : trainedHere);

    private static bool IsPlainBackward(InvocationExpressionSyntax call)
        => call.Parent is ExpressionStatementSyntax && call.Expression is MemberAccessExpressionSyntax
            && call.ArgumentList.Arguments.All(static argument => argument.NameColon?.Name.Identifier.ValueText == "retain_graph");

    /// <summary>Whether the model stays the one that the training is made for, from there to the last use of the optimizer.</summary>
    private bool ChangesNothingBetween()
    {
        var made = FunctionOf(Creation);
        return IsUnchanged(made, Creation.Span.End, References.Where(reference => made.Span.Contains(reference.Span)).Max(End))
            && (made.Span.Contains(Function.Span) || IsUnchanged(Function, Function.SpanStart, Function.Span.End));

        // A loop repeats what stands behind the use.
        static int End(SyntaxNode reference) => reference.Ancestors().OfType<StatementSyntax>()
            .LastOrDefault(static outer => outer is ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax)?
            .Span.End ?? reference.Span.End;
    }

    private bool IsUnchanged(SyntaxNode function, int from, int to)
        => !function.DescendantNodes().Where(node => node.SpanStart > from && node.Span.End <= to).Any(node => node switch
        {
            InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call
                => ScalerCalls.MemberOf(call, model, token) is TrainingMember.Convert
                    || (access.Name.Identifier.ValueText is "load" or "load_state_dict" or "load_py"
                        && model.GetTypeInfo(access.Expression, token).Type is { } type && Derives(type, "Module")),
            AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "requires_grad" or "PrecisionPolicy" } }
                => true,
            _ => false,
        });

    private bool IsOrdered()
    {
        if (model.GetOperation(Steps[0], token)?.Root() is not { } body)
        {
            return false;
        }

        var code = new Code(Body.Of(body, token), model.Compilation.Assembly);
        var function = Function is LocalFunctionStatementSyntax local ? model.GetDeclaredSymbol(local, token) as IMethodSymbol : null;
        if (!code.IsReadable)
        {
            return false;
        }

        var order = GradientOrder.Of(code, function, EventOf, isRunAgain: !Function.Span.Contains(Creation.Span));
        foreach (var clear in Clears.Keys.ToList())
        {
            Clears[clear] = order.Drops(clear);
        }

        return order.IsPlain;
    }

    private GradientEvent EventOf(IOperation operation) => operation.Syntax switch
    {
        InvocationExpressionSyntax call when operation is IInvocationOperation => Backwards.Contains(call) ? GradientEvent.Backward
            : Steps.Contains(call) ? GradientEvent.Step : Clears.ContainsKey(call) ? GradientEvent.Clear : GradientEvent.None,
        var node => node == Creation ? GradientEvent.Clear : GradientEvent.None,
    };
}
