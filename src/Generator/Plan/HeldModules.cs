using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception;
using Precision.Generator.Plan.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>
/// Finds the classes of the modules that an expression may stand for. Where its type leaves them open (<c>Module&lt;…&gt;</c>,
/// <c>Sequential</c>), what the source puts there is looked up: initializers, assignments, elements of lists, results of
/// helper methods. What is handed in from outside is not found.
/// </summary>
internal sealed class HeldModules(SourceModels models)
{
    /// <summary>What members and locals hold, which many calls go through.</summary>
    private readonly Dictionary<ISymbol, IReadOnlyList<HeldModule>> known = new(SymbolEqualityComparer.Default);

    /// <summary>The classes; of a <c>Sequential</c> in the order of its elements, otherwise each once.</summary>
    public IReadOnlyList<HeldModule> Of(IOperation expression)
    {
        ISymbol? named = expression.WithoutConversions() switch
        {
            IFieldReferenceOperation reference => reference.Field,
            IPropertyReferenceOperation { Property.IsIndexer: false } reference => reference.Property,
            ILocalReferenceOperation reference => reference.Local,
            _ => null,
        };
        if (named is null)
        {
            return Find(expression);
        }

        if (!known.TryGetValue(named, out var modules))
        {
            known.Add(named, modules = Find(expression));
        }

        return modules;
    }

    private IReadOnlyList<HeldModule> Find(IOperation expression)
    {
        var search = new Search(models);
        search.Add(expression);
        return expression.WithoutConversions().Type is INamedTypeSymbol type && !type.IsContainer() && !ModuleForward.Of(type).IsUnknown
            ? [new(type, search.HasPassedMarked)]
            : expression.WithoutConversions().Type.IsSequential() ? search.Found : [.. search.Found.Distinct()];
    }

    private sealed class Search(SourceModels models)
    {
        private readonly HashSet<ISymbol> visited = new(SymbolEqualityComparer.Default);
        private bool isMarked;

        public List<HeldModule> Found { get; } = [];

        /// <summary>Whether the way led through a member marked <c>[FullPrecision]</c>.</summary>
        public bool HasPassedMarked { get; private set; }

        /// <summary>Adds what a value is, or what is in it.</summary>
        public void Add(IOperation? value)
        {
            switch (value?.WithoutConversions())
            {
                case IObjectCreationOperation creation when IsOneModule(creation.Type):
                    Found.Add(new((INamedTypeSymbol)creation.Type!, isMarked));
                    break;
                case IInvocationOperation call when IsOneModule(call.Type) && !ModuleForward.Of(call.Type as INamedTypeSymbol).IsUnknown:
                    Found.Add(new((INamedTypeSymbol)call.Type!, isMarked));
                    break;
                case IInvocationOperation { TargetMethod: var method } when method.IsInSource():
                    AddResults(method);
                    break;
                case IMethodReferenceOperation { Method: var method }:
                    AddResults(method);
                    break;
                case IAnonymousFunctionOperation lambda:
                    AddReturned(lambda.Body);
                    break;
                case ILocalReferenceOperation local:
                    AddLocal(local);
                    break;
                case IPropertyReferenceOperation { Property.IsIndexer: true } indexer:
                    Add(indexer.Instance);
                    break;
                case IFieldReferenceOperation { Field.ContainingType.IsTupleType: true } element:
                    Add(element.Instance);
                    break;
                case IMemberReferenceOperation { Member: IFieldSymbol or IPropertySymbol } member when member.Member.IsInSource():
                    AddMember(member.Member.OriginalDefinition);
                    break;
                case IConditionalAccessInstanceOperation instance:
                    Add(FullPrecisionMember.Accessed(instance));
                    break;
                case ISimpleAssignmentOperation assignment:
                    Add(assignment.Value);
                    break;
                case IConditionalOperation conditional:
                    Add(conditional.WhenTrue);
                    Add(conditional.WhenFalse);
                    break;
                case ISwitchExpressionOperation @switch:
                    AddAll(@switch.Arms.Select(static arm => arm.Value));
                    break;

                // Lists, tuples, arrays, containers, and what LINQ makes of them.
                case IObjectCreationOperation or IInvocationOperation or IArgumentOperation or IDelegateCreationOperation or ITupleOperation
                    or IArrayCreationOperation or IArrayInitializerOperation or ICollectionExpressionOperation or ISpreadOperation
                    or IObjectOrCollectionInitializerOperation or ICoalesceOperation or IArrayElementReferenceOperation
                    or IConditionalAccessOperation or IMemberInitializerOperation or IAwaitOperation:
                    AddAll(value.WithoutConversions().ChildOperations);
                    break;
            }
        }

        private static bool IsOneModule(ITypeSymbol? type) => type.IsAnyModule() && !type.IsContainer();

        private void AddAll(IEnumerable<IOperation> values)
        {
            foreach (var value in values)
            {
                Add(value);
            }
        }

        private void AddResults(IMethodSymbol method)
        {
            if (visited.Add(method.OriginalDefinition) && models.BodyOf(method.OriginalDefinition) is { } body)
            {
                AddReturned(body);
            }
        }

        /// <summary>Adds what a body returns, without what functions inside it return.</summary>
        private void AddReturned(IOperation body)
        {
            // Without recursion: an else-if lies inside the one before it, and there may be thousands.
            var open = new Stack<IOperation>();
            open.Push(body);
            while (open.Count > 0)
            {
                var current = open.Pop();
                if (current is IReturnOperation { ReturnedValue: { } value })
                {
                    Add(value);
                }
                else if (current == body || current is not (IAnonymousFunctionOperation or ILocalFunctionOperation))
                {
                    foreach (var child in current.ChildOperations.Reverse())
                    {
                        open.Push(child);
                    }
                }
            }
        }

        private void AddLocal(ILocalReferenceOperation reference)
        {
            if (!visited.Add(reference.Local))
            {
                return;
            }

            var root = (IOperation)reference;
            while (root.Parent is { } parent)
            {
                if (parent is IForEachLoopOperation loop && loop.Locals.Contains(reference.Local, SymbolEqualityComparer.Default))
                {
                    Add(loop.Collection);
                }

                root = parent;
            }

            foreach (var operation in root.Descendants())
            {
                switch (operation)
                {
                    case IVariableDeclaratorOperation declarator when Is(declarator.Symbol):
                        Add(declarator.GetVariableInitializer()?.Value);
                        break;
                    case ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } } assignment when Is(local):
                        Add(assignment.Value);
                        break;
                    case IInvocationOperation call when call.Receiver() is ILocalReferenceOperation { Local: var local } && Is(local) && IsAddition(call.TargetMethod):
                        AddAll(call.Arguments);
                        break;
                }
            }

            bool Is(ILocalSymbol local) => SymbolEqualityComparer.Default.Equals(local, reference.Local);
        }

        private void AddMember(ISymbol member)
        {
            if (visited.Add(member))
            {
                var wasMarked = isMarked;
                isMarked |= member.FindFullPrecision() is not null;
                HasPassedMarked |= isMarked;
                AddValuesOf(member);
                isMarked = wasMarked;
            }
        }

        private void AddValuesOf(ISymbol member)
        {
            AddResultsOfGetter(member);
            foreach (var reference in member.DeclaringSyntaxReferences)
            {
                var syntax = reference.GetSyntax(models.Token);
                Add(models.OperationOf((syntax as VariableDeclaratorSyntax)?.Initializer?.Value ?? (syntax as PropertyDeclarationSyntax)?.Initializer?.Value));
            }

            foreach (var node in models.UsesOf(member))
            {
                switch (node)
                {
                    case AssignmentExpressionSyntax assignment
                        when models.OperationOf(assignment) is ISimpleAssignmentOperation { Target: IMemberReferenceOperation { Member: var target } } operation && Is(target):
                        Add(operation.Value);
                        break;
                    case InvocationExpressionSyntax invocation
                        when models.OperationOf(invocation) is IInvocationOperation call && IsAddition(call.TargetMethod)
                        && call.Receiver() is IMemberReferenceOperation { Member: var receiver } && Is(receiver):
                        AddAll(call.Arguments);
                        break;
                }
            }

            bool Is(ISymbol other) => SymbolEqualityComparer.Default.Equals(other.OriginalDefinition, member);
        }

        private void AddResultsOfGetter(ISymbol member)
        {
            if (member is IPropertySymbol { GetMethod: { } getter })
            {
                AddResults(getter);
            }
        }

        private static bool IsAddition(IMethodSymbol method)
            => method.Name is "Add" or "AddRange" or "Insert" or "append" or "extend" or "insert" or "add_module";
    }
}
