using Precision.Analyzer.Tests.Infrastructure;
using Precision.Analyzer.Tests.Training;

namespace Precision.Analyzer.Tests.Hazards;

/// <summary>What goes wrong in 16-bit, with programs that have it.</summary>
/// <param name="Description">For the index of rules, in Markdown.</param>
/// <param name="Rules">The rules that report it; none where nothing does.</param>
/// <param name="Reason">Why nothing reports it, in Markdown; null where a rule does.</param>
/// <param name="Programs">Programs with it. In each of them only its rules report something, and each rule does in one of them at least.</param>
internal sealed record Hazard(string Description, string[] Rules, string? Reason, string[] Programs)
{
    /// <summary>Rules report it.</summary>
    /// <param name="rules">Their ids, separated by blanks.</param>
    public static Hazard Reported(string rules, string description, params string[] programs) => new(description, rules.Split(' '), null, programs);

    /// <summary>Nothing reports it.</summary>
    public static Hazard Unreported(string description, string reason, params string[] programs) => new(description, [], reason, programs);

    /// <summary>
    /// Statements on <c>h</c> (Float16), <c>b</c> (BFloat16), <c>w</c> (float32), <c>ids</c> (integers), and <c>x</c> and <c>batches</c>, of which
    /// nothing is known.
    /// </summary>
    public static string Code(string statements) => $$"""
        static class C
        {
            static void M(Tensor x, Tensor[] batches)
            {
                Tensor h = x.half(), b = x.bfloat16(), w = ones(4, 4), ids = arange(4), y;
                {{statements}}
            }
        }
        """;

    /// <summary>The statements of a model's forward.</summary>
    public static string Model(string annotation, string statements, string members = "") => $$"""
        [MixedPrecision({{annotation}})]
        sealed partial class C : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            {{members}}
            public C() : base("c") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) { {{statements}} }
        }
        """;

    /// <summary>Statements beside the models, optimizers and scalers of the tests of training.</summary>
    public static string Statements(string statements) => TrainingCode.InMethod(statements);

    /// <summary>Statements for each batch <c>(x, y)</c>.</summary>
    public static string Batches(string statements) => TrainingCode.InLoop(statements);

    /// <summary>All programs as whole files.</summary>
    public IEnumerable<string> Sources => Programs.Select(static program => TestReferences.Usings + program);
}
