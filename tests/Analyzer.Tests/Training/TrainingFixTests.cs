using Precision.CodeFixes;
using Precision.CodeFixes.Training;
using static Precision.Analyzer.Tests.Training.TrainingCode;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Training.TrainingAnalyzer>;

namespace Precision.Analyzer.Tests.Training;

/// <summary>The repairs of training loops, one by one and all at once.</summary>
public class TrainingFixTests
{
    private const string Backward = "scaler.scale(Loss(model.call(x), y)).backward();";
    private const string Clip = "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)";

    [Fact]
    public Task Unscale_is_inserted_before_each_clip() => Fix<InsertUnscaleCodeFix>(
        [
            Backward,
            "// at most 1",
            "{|PRC2005:" + Clip + "|};",
            "{|PRC2005:torch.nn.utils.clip_grad_value_(model.parameters(), 1.0)|};",
            "scaler.step(optimizer);",
            "scaler.update();",
        ],
        [
            Backward,
            "scaler.unscale_(optimizer);",
            "// at most 1",
            Clip + ";",
            "torch.nn.utils.clip_grad_value_(model.parameters(), 1.0);",
            "scaler.step(optimizer);",
            "scaler.update();",
        ]);

    [Theory]
    [InlineData(Backward + "{|PRC2005:" + Clip + "|}; scaler.unscale_(optimizer); scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "{|PRC2005:" + Clip + "|}; scaler.step(optimizer); scaler.step(other); scaler.update();")]
    [InlineData(Backward + "if (flag) {|PRC2005:" + Clip + "|}; scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "var norm = {|PRC2005:" + Clip + "|}; scaler.step(optimizer); scaler.update();")]
    public Task Unscale_is_not_inserted_where_it_is_not_plain(string body) => Rule.VerifyFix<InsertUnscaleCodeFix>(InLoop(body), InLoop(body));

    [Fact]
    public Task Update_is_inserted_once_after_the_last_step() => Fix<InsertUpdateCodeFix>(
        [Backward, "{|PRC2006:scaler.step(optimizer)|};", "{|PRC2006:scaler.step(other)|};", "optimizer.zero_grad();"],
        [Backward, "scaler.step(optimizer);", "scaler.step(other);", "scaler.update();", "optimizer.zero_grad();"]);

    [Theory]
    [InlineData(Backward + "{|PRC2006:scaler.step(optimizer)|}; if (flag) continue; scaler.update();")]
    [InlineData(Backward + "if (flag) {|PRC2006:scaler.step(optimizer)|};")]
    [InlineData(Backward + "if (flag) { {|PRC2006:scaler.step(optimizer)|}; } else { {|PRC2006:scaler.step(optimizer)|}; }")]
    public Task Update_is_not_inserted_where_it_is_not_plain(string body) => Rule.VerifyFix<InsertUpdateCodeFix>(InLoop(body), InLoop(body));

    [Fact]
    public Task The_optimizer_is_made_after_the_conversion() => FixInMethod<MakeOptimizerLaterCodeFix>(
        [
            "var m = new Plain();",
            "using var o = {|PRC2002:optim.AdamW(m.parameters())|}; // all of them",
            "m.to(device);",
            "o.step();",
        ],
        [
            "var m = new Plain();",
            "m.to(device);",
            "using var o = optim.AdamW(m.parameters()); // all of them",
            "o.step();",
        ]);

    [Theory]
    [InlineData("var m = new Plain(); var o = {|PRC2002:optim.AdamW(m.parameters())|}; if (flag) { m.to(device); } o.step();")]
    [InlineData("var m = new Plain(); var o = {|PRC2002:optim.AdamW(m.parameters())|}; o.step(); m.to(device); o.step();")]
    [InlineData("var m = new Plain(); foreach (var (x, y) in batches) { var o = {|PRC2002:optim.AdamW(m.parameters())|}; foreach (var k in batches) { m.cuda(); o.step(); } }")]
    public Task The_optimizer_stays_where_moving_it_is_not_plain(string body) => Rule.VerifyFix<MakeOptimizerLaterCodeFix>(InMethod(body), InMethod(body));

    [Fact]
    public Task The_schedule_asks_the_training() => Fix<GuardScheduleCodeFix>(
        ["training.Backward(Loss(model.call(x), y));", "training.Step(1.0);", "{|PRC2009:scheduler.step()|};"],
        ["training.Backward(Loss(model.call(x), y));", "if (training.Step(1.0).Applied)", "{", "    scheduler.step();", "}"]);

    [Fact]
    public Task The_schedule_asks_the_scaler() => Fix<GuardScheduleCodeFix>(
        [Backward, "scaler.step(optimizer);", "scaler.update();", "{|PRC2009:scheduler.step()|};"],
        [Backward, "scaler.step(optimizer);", "scaler.update();", "if (!scaler.WasSkipped(optimizer))", "{", "    scheduler.step();", "}"]);

    private static Task Fix<TFix>(string[] before, string[] after)
        where TFix : NodeCodeFixProvider, new()
        => Rule.VerifyFix<TFix>(InLoop(Lines(before)), InLoop(Lines(after)));

    private static Task FixInMethod<TFix>(string[] before, string[] after)
        where TFix : NodeCodeFixProvider, new()
        => Rule.VerifyFix<TFix>(InMethod(Lines(before)), InMethod(Lines(after)));

    private static string Lines(string[] lines) => string.Join("\n        ", lines);
}
