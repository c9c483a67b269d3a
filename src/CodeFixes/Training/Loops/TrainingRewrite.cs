using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.CodeFixes.Training.Loops;

/// <summary>Writes a plain training as one by <c>MixedPrecisionTraining</c>.</summary>
internal sealed class TrainingRewrite
{
    private static readonly SyntaxAnnotation Removed = new();

    private readonly PlainTraining plain;
    private readonly SemanticModel model;
    private readonly Dictionary<SyntaxNode, Func<SyntaxNode, SyntaxNode>> changes = [];
    private readonly HashSet<InvocationExpressionSyntax> guarded = [];
    private readonly string training;

    private TrainingRewrite(PlainTraining plain, SemanticModel model)
    {
        (this.plain, this.model) = (plain, model);
        training = FreeName(
            plain.Holder.Name[0] == '_' ? ["_training", "_mixedTraining"] : ["training", "mixedTraining", "mixedPrecisionTraining"]);
    }

    /// <summary>The file afterwards; null where a call stands in a way that cannot be kept.</summary>
    public static SyntaxNode? Of(PlainTraining plain, SemanticModel model)
        => new TrainingRewrite(plain, model) is var rewrite && rewrite.Collect() ? rewrite.Apply() : null;

    private bool Collect()
    {
        Declare();
        foreach (var reference in plain.References)
        {
            Rename(reference);
        }

        foreach (var backward in plain.Backwards)
        {
            Change(backward, call => Backward(call));
        }

        foreach (var (clear, isKept) in plain.Clears.Select(static pair => (pair.Key, pair.Value)))
        {
            if (isKept || !IsInList(clear.Parent!, out var siblings) || siblings == 1)
            {
                Change(clear, call => Parse($"{training}.zero_grad()").WithTriviaFrom(call));
            }
            else
            {
                Remove((StatementSyntax)clear.Parent!);
            }
        }

        return plain.Steps.TrueForAll(Step) && plain.Schedules.TrueForAll(schedule
            => plain.Steps.TrueForAll(step => LoopAround(schedule) != LoopAround(step)) || guarded.Contains(schedule));
    }

    private static SyntaxNode? LoopAround(SyntaxNode node) => Generator.Protocol.Loops.Around(node);

    private void Declare()
    {
        var declarator = (VariableDeclaratorSyntax)plain.Holder.DeclaringSyntaxReferences[0].GetSyntax();
        var declaration = (VariableDeclarationSyntax)declarator.Parent!;
        Change(declarator, d => ((VariableDeclaratorSyntax)d).WithIdentifier(
            SyntaxFactory.Identifier(training).WithTriviaFrom(declarator.Identifier)));
        if (!declaration.Type.IsVar)
        {
            ChangeType(declaration.Type);
        }

        if (plain.Parameter?.DeclaringSyntaxReferences[0].GetSyntax() is ParameterSyntax parameter)
        {
            ChangeType(parameter.Type!);
            Change(parameter, p => ((ParameterSyntax)p).WithIdentifier(
                SyntaxFactory.Identifier(training).WithTriviaFrom(parameter.Identifier)));
        }

        if (declaration.Parent is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0 } statement)
        {
            Change(statement, static s => ((LocalDeclarationStatementSyntax)s).WithLeadingTrivia().WithUsingKeyword(
                SyntaxFactory.Token(s.GetLeadingTrivia(), SyntaxKind.UsingKeyword, [SyntaxFactory.Space])));
        }

        var named = FreeName(["named", "parameters", "trained"]);
        Change(plain.Parameters, argument => SyntaxFactory.Argument(SyntaxFactory.IdentifierName(named)).WithTriviaFrom(argument));
        Change(plain.Creation, creation => Parse(
                $"MixedPrecisionTraining.Create({plain.Model.WithoutTrivia()}, {named} => {creation.WithoutTrivia().ToFullString()})")
            .WithTriviaFrom(creation));
    }

    private void ChangeType(TypeSyntax type)
        => Change(type, static old => SyntaxFactory.IdentifierName("MixedPrecisionTraining").WithTriviaFrom(old));

    private void Rename(IdentifierNameSyntax reference)
    {
        var call = PlainTraining.CallOn(reference);
        if (call is not null && (plain.Steps.Contains(call) || plain.Clears.ContainsKey(call)))
        {
            return;
        }

        var whole = PlainTraining.Whole(reference);
        var isItself = call is { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Dispose" } }
            || (whole.Parent is ArgumentSyntax argument && plain.Handovers.Contains(argument))
            || (whole.Parent is AssignmentExpressionSyntax assignment && assignment.Left == whole);
        Change(whole, old => Parse((whole == reference ? "" : "this.") + training + (isItself ? "" : ".Optimizer")).WithTriviaFrom(old));
    }

    private SyntaxNode Backward(SyntaxNode call)
    {
        var invocation = (InvocationExpressionSyntax)call;
        var loss = ((MemberAccessExpressionSyntax)invocation.Expression).Expression;
        var bare = loss is ParenthesizedExpressionSyntax { Expression: var inner } ? inner : loss;
        var retained = invocation.ArgumentList.Arguments is [{ Expression: var value }] ? $", retainGraph: {value}" : "";
        return Parse($"{training}.Backward({bare.WithoutTrivia().ToFullString()}{retained})").WithTriviaFrom(call);
    }

    private bool Step(InvocationExpressionSyntax step)
    {
        var statement = (ExpressionStatementSyntax)step.Parent!;
        var statements = Siblings(statement);
        var index = statements.IndexOf(statement);
        var limit = "";
        if (index > 0 && statements[index - 1] is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax clip } clipping
            && plain.Clips.Contains(clip) && LimitOf(clip) is { } norm)
        {
            limit = $"maxGradNorm: {norm}";
            Remove(clipping);
        }

        var schedules = plain.Schedules.Where(schedule => LoopAround(schedule) == LoopAround(step)).ToList();
        if (schedules.Count == 0)
        {
            Change(step, call => Parse($"{training}.Step({limit})").WithTriviaFrom(call));
            return true;
        }

        var name = FreeName(["step", "stepResult", "trainingStep"]);
        foreach (var schedule in schedules)
        {
            if (schedule.Parent is not ExpressionStatementSyntax scheduling || statements.IndexOf(scheduling) <= index)
            {
                return false;
            }

            guarded.Add(schedule);
            Change(scheduling, s => GuardScheduleCodeFix.Guard((ExpressionStatementSyntax)s, $"{name}.Applied", (StatementSyntax)s));
        }

        Change(statement, s => SyntaxFactory.ParseStatement($"var {name} = {training}.Step({limit});").WithTriviaFrom(s));
        return true;
    }

    /// <summary>The limit of a clip of all of the model's gradients by their 2-norm; null for other clips, which stay.</summary>
    private string? LimitOf(InvocationExpressionSyntax clip)
        => clip.Expression.ToString().EndsWith("clip_grad_norm_", StringComparison.Ordinal)
            && clip.ArgumentList.Arguments is [{ Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax trained } }, var limit]
            && limit.NameColon?.Name.Identifier.ValueText is null or "max_norm"
            && plain.IsModel(trained.Expression.WithoutTrivia().ToString())
            && trained.Name.Identifier.ValueText == "parameters"
                ? limit.Expression.WithoutTrivia().ToString() : null;

    /// <summary>Removes a statement of a list; its comments go to the next one.</summary>
    private void Remove(StatementSyntax statement)
    {
        var siblings = Siblings(statement);
        var index = siblings.IndexOf(statement);
        var isFirst = index == 0;
        var comments = statement.GetLeadingTrivia().Any(IsComment) || statement.GetTrailingTrivia().Any(IsComment);
        var indentation = ScalerCalls.Indentation(statement);
        var trailing = statement.GetTrailingTrivia().Where(IsComment).ToList();
        var leading = statement.GetLeadingTrivia().Take(statement.GetLeadingTrivia().Count - indentation.Count).ToList();
        if (index + 1 < siblings.Count)
        {
            var end = ScalerCalls.EndOfLine(statement);
            Change(siblings[index + 1], next => next.WithLeadingTrivia(comments
                ? [.. leading, .. trailing.SelectMany(comment => (SyntaxTrivia[])[.. indentation, comment, end]), .. next.GetLeadingTrivia()]
                : isFirst ? next.GetLeadingTrivia().SkipWhile(static trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia))
                : leading.Count > 0 && !next.GetLeadingTrivia().Any(SyntaxKind.EndOfLineTrivia) ? [.. leading, .. next.GetLeadingTrivia()]
                : next.GetLeadingTrivia()));
        }

        Change(statement, static s => s.WithoutTrivia().WithAdditionalAnnotations(Removed));
    }

    private static bool IsComment(SyntaxTrivia trivia)
        => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia);

    private static List<StatementSyntax> Siblings(StatementSyntax statement) => statement.Parent switch
    {
        BlockSyntax block => [.. block.Statements],
        GlobalStatementSyntax { Parent: CompilationUnitSyntax unit }
            => [.. unit.Members.OfType<GlobalStatementSyntax>().Select(static member => member.Statement)],
        _ => [],
    };

    private static bool IsInList(SyntaxNode statement, out int count)
    {
        count = statement is StatementSyntax known ? Siblings(known).Count : 0;
        return count > 0;
    }

    /// <summary>The first name that nothing in the file declares or inherits.</summary>
    private string FreeName(string[] names)
    {
        var declared = new HashSet<string>(plain.Creation.SyntaxTree.GetRoot().DescendantNodes().Select(static node => node switch
        {
            VariableDeclaratorSyntax variable => variable.Identifier.ValueText,
            ParameterSyntax parameter => parameter.Identifier.ValueText,
            SingleVariableDesignationSyntax designation => designation.Identifier.ValueText,
            ForEachStatementSyntax each => each.Identifier.ValueText,
            LocalFunctionStatementSyntax function => function.Identifier.ValueText,
            _ => "",
        }));
        return names.Concat(Enumerable.Range(2, 100).Select(number => names[0] + number)).First(name
            => !declared.Contains(name) && model.LookupSymbols(plain.Steps[0].SpanStart, name: name).IsEmpty);
    }

    private void Change(SyntaxNode node, Func<SyntaxNode, SyntaxNode> change)
        => changes[node] = changes.TryGetValue(node, out var before) ? old => change(before(old)) : change;

    private SyntaxNode Apply()
    {
        var root = plain.Creation.SyntaxTree.GetRoot().ReplaceNodes(changes.Keys, (original, rewritten) => changes[original](rewritten));
        while (root.GetAnnotatedNodes(Removed).FirstOrDefault() is { } node)
        {
            root = root.RemoveNode(node.Parent is GlobalStatementSyntax global ? global : node, SyntaxRemoveOptions.KeepNoTrivia)!;
        }

        return model.LookupNamespacesAndTypes(plain.Creation.SpanStart, name: "MixedPrecisionTraining").IsEmpty
            ? AddUsing((CompilationUnitSyntax)root) : root;
    }

    private static CompilationUnitSyntax AddUsing(CompilationUnitSyntax unit)
    {
        var end = unit.GetText().ToString().Contains("\r\n") ? SyntaxFactory.CarriageReturnLineFeed : SyntaxFactory.LineFeed;
        var added = SyntaxFactory.UsingDirective(SyntaxFactory.ParseName("Precision").WithLeadingTrivia(SyntaxFactory.Space)).WithTrailingTrivia(end);
        var index = unit.Usings.TakeWhile(static other => other.StaticKeyword.RawKind == 0 && other.Alias is null
            && string.CompareOrdinal(other.Name!.ToString(), "TorchSharp") < 0).Count();
        if (index > 0 || unit.Usings.Count == 0)
        {
            return unit.WithUsings(unit.Usings.Insert(index, added));
        }

        var first = unit.Usings[0];
        return unit.WithUsings(unit.Usings.Replace(first, first.WithLeadingTrivia()).Insert(0, added.WithLeadingTrivia(first.GetLeadingTrivia())));
    }

    private static ExpressionSyntax Parse(string text) => SyntaxFactory.ParseExpression(text);
}
