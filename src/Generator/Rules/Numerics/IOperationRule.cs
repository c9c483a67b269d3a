using Precision.Generator.Operations;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// A rule about calls and operators of TorchSharp. To add one: its class here with a static <c>Rule</c>, a line in
/// <see cref="OperationRules"/>, and the descriptor in <see cref="OperationAnalyzer"/>, where release tracking looks for it.
/// </summary>
internal interface IOperationRule
{
    /// <summary>Whether it looks at a row of the operation table. Asked once for each row.</summary>
    bool Concerns(Operation operation);

    /// <summary>The names of other TorchSharp members that it looks at: factories and casts, which the table does not have.</summary>
    IEnumerable<string> OtherMembers { get; }

    /// <summary>Looks at one call or operator.</summary>
    void Analyze(OperationContext context);
}
