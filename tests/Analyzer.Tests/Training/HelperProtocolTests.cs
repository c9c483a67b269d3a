using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using static Precision.Analyzer.Tests.Training.TrainingCode;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Training.TrainingAnalyzer>;

namespace Precision.Analyzer.Tests.Training;

/// <summary>The protocol across methods, local functions, lambdas and fields.</summary>
public class HelperProtocolTests
{
    [Theory]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); {|PRC2005:Clip(model)|}; scaler.step(optimizer); scaler.update();", "static void Clip(Module m) => torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0);")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); {|PRC2006:Apply(scaler, optimizer)|};", "static void Apply(GradScaler s, optim.Optimizer o) { s.step(o); o.zero_grad(); }")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); {|PRC2006:scaler.step(optimizer)|}; Finish(scaler, flag);", "static void Finish(GradScaler s, bool now) { if (now) s.update(); }")]
    [InlineData("{|PRC2003:Back(Loss(model.call(x), y))|}; optimizer.step();", "static void Back(Tensor loss) { loss.mean().backward(); }")]
    [InlineData("{|PRC2003:Loss(model.call(x), y).backward()|}; Apply(optimizer); optimizer.zero_grad();", "static void Apply(optim.Optimizer o) { o.step(); }")]
    [InlineData("{|PRC2003:Train(model, optimizer, x, y)|}; optimizer.zero_grad();", "static void Train(Module<Tensor, Tensor> m, optim.Optimizer o, Tensor x, Tensor y) { Loss(m.call(x), y).backward(); o.step(); }")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); {|PRC2008:Apply()|}; void Apply() { optimizer.step(); }", "")]
    [InlineData("Back(); {|PRC2005:torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)|}; scaler.step(optimizer); scaler.update(); void Back() => scaler.scale(Loss(model.call(x), y)).backward();", "")]
    public Task What_helpers_do_is_seen(string body, string members) => Rule.Verify(InLoop(body, members));

    [Theory]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); Unscale(scaler, optimizer); Clip(model); scaler.step(optimizer); scaler.update();", "static void Clip(Module m) => torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0); static void Unscale(GradScaler s, optim.Optimizer o) => s.unscale_(o);")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); Apply(scaler, optimizer);", "static void Apply(GradScaler s, optim.Optimizer o) { s.step(o); s.update(); }")]
    [InlineData("Back(scaler.scale(Loss(model.call(x), y))); scaler.step(optimizer); scaler.update();", "static void Back(Tensor loss) { loss.mean().backward(); }")]
    [InlineData("ScaledLoss(x, y).backward(); scaler.step(optimizer); scaler.update(); Tensor ScaledLoss(Tensor a, Tensor b) => scaler.scale(Loss(model.call(a), b));", "")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); Step(); void Step() { scaler.step(optimizer); scaler.update(); }", "")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); Action step = () => scaler.step(optimizer); step(); scaler.update();", "")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); Virtual(scaler, optimizer); scaler.update();", "protected virtual void Virtual(GradScaler s, optim.Optimizer o) => s.step(o);")]
    [InlineData("Recursive(3); void Recursive(int depth) { if (depth > 0) { scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer); scaler.update(); Recursive(depth - 1); } }", "")]
    public Task Helpers_that_keep_the_order_are_silent(string body, string members) => Rule.Verify(InLoop(body, members));

    [Fact]
    public Task Fields_are_followed_through_methods() => Rule.Verify(Models + """
        sealed class Trainer(Half model, optim.Optimizer optimizer)
        {
            private readonly GradScaler scaler = new();

            public void Good(IEnumerable<(Tensor x, Tensor y)> batches)
            {
                foreach (var (x, y) in batches)
                {
                    optimizer.zero_grad();
                    Backward(x, y);
                    this.scaler.unscale_(optimizer);
                    Clip();
                    Apply();
                }
            }

            public void Bad(IEnumerable<(Tensor x, Tensor y)> batches)
            {
                foreach (var (x, y) in batches)
                {
                    optimizer.zero_grad();
                    Backward(x, y);
                    {|PRC2005:Clip()|};
                    Apply();
                }
            }

            private void Backward(Tensor x, Tensor y) => scaler.scale(functional.mse_loss(model.call(x), y)).backward();

            private void Clip() => torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);

            private void Apply()
            {
                scaler.step(optimizer);
                scaler.update();
            }
        }
        """);

    [Fact]
    public Task A_helper_says_itself_what_is_wrong_in_it() => Rule.Verify(InLoop(
        "Train(scaler, optimizer, model, x, y); optimizer.zero_grad();",
        """
        static void Train(GradScaler s, optim.Optimizer o, Half m, Tensor x, Tensor y)
        {
            s.scale(Loss(m.call(x), y)).backward();
            {|PRC2005:torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0)|};
            s.step(o);
            s.update();
        }
        """));

    [Fact]
    public Task A_loop_in_a_lambda_is_analysed() => Rule.Verify(InMethod("""
        Task.Run(() =>
        {
            foreach (var (x, y) in batches)
            {
                scaler.scale(Loss(model.call(x), y)).backward();
                {|PRC2006:scaler.step(optimizer)|};
            }
        });
        """));

    [Fact]
    public Task A_program_of_top_level_statements_is_analysed() => Rule.Verify(
        """
        var model = new Half();
        using var optimizer = optim.AdamW(model.parameters());
        for (var i = 0; i < 3; i++)
        {
            {|PRC2003:functional.mse_loss(model.call(rand(8, 8)), rand(8, 8)).backward()|};
            optimizer.step();
        }

        """ + Models.Replace("using Precision.Optim;", "", StringComparison.Ordinal),
        static test => test.TestState.OutputKind = OutputKind.ConsoleApplication);

    [Fact]
    public Task The_message_names_both_places() => Rule.Verify(
        InLoop("{|#1:scaler.scale(Loss(model.call(x), y)).backward()|}; {|#0:torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)|}; scaler.step(optimizer); scaler.update();"),
        static test => test.ExpectedDiagnostics.Add(new DiagnosticResult("PRC2005", DiagnosticSeverity.Warning)
            .WithLocation(0)
            .WithLocation(1)
            .WithMessage("'clip_grad_norm_' clips gradients that are still multiplied by the scale of 'scaler': call 'scaler.unscale_' with the "
                + "optimizer first")));

    [Fact]
    public Task Many_independent_branches_end() => Rule.Verify(InLoop(
        string.Concat(Enumerable.Range(0, 30).Select(static k => $"if (i > {k}) Console.WriteLine({k}); if (i > {k}) Console.WriteLine();"))
        + "scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer); scaler.update();"));
}
