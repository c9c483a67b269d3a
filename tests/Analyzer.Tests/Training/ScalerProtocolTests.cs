using static Precision.Analyzer.Tests.Training.TrainingCode;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Training.TrainingAnalyzer>;

namespace Precision.Analyzer.Tests.Training;

/// <summary>PRC2005 to PRC2008 and PRC2010: the order of the calls of a <c>GradScaler</c>.</summary>
public class ScalerProtocolTests
{
    private const string Forward = "var loss = Loss(model.call(x), y);";
    private const string Backward = "optimizer.zero_grad(); scaler.scale(Loss(model.call(x), y)).backward();";
    private const string Clip = "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)";

    [Theory]
    [InlineData(Backward + "{|PRC2005:" + Clip + "|}; scaler.step(optimizer); scaler.update();")]
    [InlineData(Forward + "scaler.scale(loss).backward(); {|PRC2005:" + Clip + "|}; scaler.unscale_(optimizer); scaler.step(optimizer); scaler.update();")]
    [InlineData(Forward + "var scaled = scaler.scale(loss); scaled.backward(); {|PRC2005:" + Clip + "|}; scaler.step(optimizer); scaler.update();")]
    [InlineData(Forward + "loss = scaler.scale(loss); loss.backward(); {|PRC2005:" + Clip + "|}; scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "{|PRC2005:torch.nn.utils.clip_grad_value_(model.parameters(), 1.0)|}; scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "if (flag) { {|PRC2005:" + Clip + "|}; } scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "if (flag) scaler.unscale_(optimizer); {|PRC2005:" + Clip + "|}; scaler.step(optimizer); scaler.update();")]
    public Task Clipping_scaled_gradients_is_reported(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData(Backward + "scaler.unscale_(optimizer); " + Clip + "; scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "if (flag) { scaler.unscale_(optimizer); } if (flag) { " + Clip + "; } scaler.step(optimizer); scaler.update();")]
    [InlineData("optimizer.zero_grad(); Loss(plain.call(x), y).backward(); " + Clip + "; optimizer.step();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); " + Clip + "; training.Step();")]
    [InlineData("if (flag) scaler.scale(Loss(model.call(x), y)).backward(); else Loss(plain.call(x), y).backward(); if (!flag) " + Clip + "; if (flag) { scaler.step(optimizer); scaler.update(); } else { optimizer.step(); }")]
    [InlineData(Backward + "scaler.step(optimizer); scaler.update(); " + Clip + ";")]
    [InlineData("scaler.scale(Loss(model.call(x), y) / n).backward(); if ((i + 1) % n == 0) { scaler.unscale_(optimizer); " + Clip + "; scaler.step(optimizer); scaler.update(); optimizer.zero_grad(); }")]
    [InlineData("var own = new GradScaler(enabled: false); own.scale(Loss(plain.call(x), y)).backward(); " + Clip + "; own.step(optimizer); own.update();")]
    [InlineData(Backward + "scaler.unscale_(optimizer); " + Clip + "; torch.nn.utils.clip_grad_value_(model.parameters(), 1.0); scaler.step(optimizer); scaler.update();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); training.Step(maxGradNorm: 1.0);")]
    public Task Clipping_the_gradients_of_the_loss_is_not(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData(Backward + "{|PRC2006:scaler.step(optimizer)|};")]
    [InlineData(Backward + "{|PRC2006:scaler.step(optimizer)|}; if (flag) continue; scaler.update();")]
    [InlineData(Backward + "{|PRC2006:scaler.step(optimizer)|}; if (flag) scaler.update();")]
    [InlineData(Backward + "{|PRC2006:scaler.unscale_(optimizer)|}; if (flag) continue; scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "{|PRC2006:scaler.step(optimizer)|}; if (i % 10 == 9) scaler.update();")]
    [InlineData("using var own = new GradScaler(); for (var k = 0; k < n; k++) { own.scale(Loss(model.call(x), y)).backward(); {|PRC2006:own.step(optimizer)|}; }")]
    public Task A_step_without_update_is_reported(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData(Backward + "scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "scaler.step(optimizer); if (flag) { scaler.update(); continue; } scaler.update();")]
    [InlineData(Backward + "if (flag) continue; scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "scaler.step(optimizer); if (flag) return; scaler.update();")]
    [InlineData(Backward + "scaler.step(optimizer); if (flag) break; scaler.update();")]
    [InlineData(Backward + "scaler.step(optimizer); scaler.update(128.0);")]
    [InlineData(Backward + "if (flag) scaler.step(optimizer); if (flag) scaler.update();")]
    [InlineData(Backward + "try { scaler.step(optimizer); } finally { scaler.update(); }")]
    [InlineData(Backward + "scaler.step(optimizer); if (flag) throw new InvalidOperationException(); scaler.update();")]
    [InlineData("var own = new GradScaler(); own.scale(Loss(model.call(x), y)).backward(); own.step(optimizer);")]
    [InlineData("foreach (var one in new[] { optimizer, other }) { scaler.step(one); } scaler.update();")]
    [InlineData("var all = new Dictionary<string, optim.Optimizer>(); foreach (var one in all.Values) { scaler.unscale_(one); scaler.step(one); } scaler.update();")]
    public Task An_iteration_that_ends_with_update_is_not(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData(Backward + "scaler.unscale_(optimizer); {|PRC2007:scaler.unscale_(optimizer)|}; scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "scaler.step(optimizer); {|PRC2007:scaler.unscale_(optimizer)|}; scaler.update();")]
    [InlineData(Backward + "scaler.step(optimizer); scaler.update(); {|PRC2007:scaler.update()|};")]
    [InlineData(Backward + "scaler.step(optimizer); scaler.update(); {|PRC2007:scaler.step(other)|}; scaler.update();")]
    [InlineData("var alias = optimizer; " + Backward + "scaler.unscale_(alias); {|PRC2007:scaler.unscale_(optimizer)|}; scaler.step(optimizer); scaler.update();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); training.Step(); {|PRC2007:training.Step()|};")]
    public Task What_is_done_twice_is_reported(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData(Backward + "scaler.unscale_(optimizer); scaler.unscale_(other); scaler.step(optimizer); scaler.step(other); scaler.update();")]
    [InlineData(Backward + "scaler.step(optimizer); scaler.step(other); scaler.update();")]
    [InlineData(Backward + "scaler.step(optimizer); scaler.update(); scaler.scale(Loss(plain.call(x), y)).backward(); scaler.step(other); scaler.update();")]
    [InlineData(Backward + "if (flag) scaler.unscale_(optimizer); else scaler.unscale_(optimizer); scaler.step(optimizer); scaler.update();")]
    [InlineData("for (var k = 0; k < n; k++) training.Backward(Loss(model.call(x), y)); training.Step();")]
    [InlineData("training.Backward(Loss(model.call(x), y) / n); if ((i + 1) % n == 0) training.Step(); if (i == 7 && i % n != 0) training.Step();")]
    [InlineData("training.zero_grad(); training.Backward(Loss(model.call(x), y)); training.Step();")]
    public Task What_is_done_for_each_is_not(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData("var own = new GradScaler(); own.scale(Loss(plain.call(x), y)).backward(); own.step(optimizer); own.step(other); own.update();")]
    [InlineData("var own = new GradScaler(enabled: false); own.scale(Loss(plain.call(x), y)).backward(); own.unscale_(optimizer); own.unscale_(optimizer); own.step(optimizer); own.update(); own.update();")]
    [InlineData("var own = new GradScaler(enabled: false); Loss(plain.call(x), y).backward(); own.step(optimizer); own.step(optimizer);")]
    public Task A_new_or_disabled_scaler_is_not(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData(Backward + "{|PRC2008:optimizer.step()|};")]
    [InlineData("optimizer.zero_grad(); var loss = Loss(plain.call(x), y); {|PRC2008:loss.backward()|}; scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "{|PRC2008:Loss(plain.call(x), y).backward()|}; scaler.step(optimizer); scaler.update();")]
    [InlineData(Backward + "scaler.unscale_(optimizer); " + Clip + "; {|PRC2008:optimizer.step()|}; scaler.update();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); {|PRC2008:training.Optimizer.step()|};")]
    [InlineData("var own = training.Optimizer; training.Backward(Loss(model.call(x), y)); {|PRC2008:own.step()|};")]
    [InlineData("{|PRC2008:Loss(plain.call(x), y).backward()|}; training.Step();")]
    public Task What_bypasses_the_scaler_is_reported(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData(Backward + "scaler.step(optimizer); scaler.update(); other.zero_grad(); Loss(plain.call(x), y).backward(); other.step();")]
    [InlineData("other.zero_grad(); Loss(plain.call(x), y).backward(); other.step(); " + Backward + "scaler.step(optimizer); scaler.update();")]
    [InlineData("if (flag) { " + Backward + "scaler.step(optimizer); scaler.update(); } else { optimizer.zero_grad(); Loss(plain.call(x), y).backward(); optimizer.step(); }")]
    [InlineData("var loss = Loss(plain.call(x), y); if (scaler is null) loss.backward(); else scaler.scale(loss).backward(); if (scaler is not null) { scaler.step(optimizer); scaler.update(); } else { optimizer.step(); }")]
    [InlineData("var scaled = Loss(model.call(x), y) * scaler.get_scale(); scaled.backward(); scaler.step(optimizer); scaler.update();")]
    [InlineData("var loss = Loss(plain.call(x), y); (flag ? scaler.scale(loss) : loss).backward(); if (flag) { scaler.step(optimizer); scaler.update(); } else optimizer.step();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); training.Step(); other.zero_grad(); Loss(plain.call(x), y).backward(); other.step();")]
    [InlineData("Loss(plain.call(x), y).backward(); optimizer.step(); training.Backward(Loss(model.call(x), y)); training.Step();")]
    public Task Two_losses_of_two_optimizers_are_not(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData("scaler.scale(Loss(model.call(x), y) / n).backward(); {|PRC2010:scaler.unscale_(optimizer)|}; if ((i + 1) % n == 0) { scaler.step(optimizer); scaler.update(); optimizer.zero_grad(); }")]
    [InlineData("scaler.scale(Loss(model.call(x), y) / n).backward(); if ((i + 1) % n == 0) { scaler.step(optimizer); optimizer.zero_grad(); } {|PRC2010:scaler.update()|};")]
    [InlineData("var last = (i + 1) % n == 0; scaler.scale(Loss(model.call(x), y) / n).backward(); if (last) scaler.step(optimizer); {|PRC2010:scaler.update()|};")]
    [InlineData("{|PRC2010:scaler.scale(Loss(model.call(x), y)).backward()|}; if ((i + 1) % n == 0) { scaler.step(optimizer); scaler.update(); optimizer.zero_grad(); }")]
    [InlineData("{|PRC2010:training.Backward(Loss(model.call(x), y))|}; if ((i + 1) % n == 0) training.Step();")]
    [InlineData("var loss = Loss(model.call(x), y); {|PRC2010:training.Backward(loss)|}; if ((i + 1) % n != 0) { i++; continue; } training.Step();")]
    public Task Micro_batches_taken_for_batches_are_reported(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData("scaler.scale(Loss(model.call(x), y) / n).backward(); if ((i + 1) % n == 0) { scaler.unscale_(optimizer); " + Clip + "; scaler.step(optimizer); scaler.update(); optimizer.zero_grad(); }")]
    [InlineData("var loss = Loss(model.call(x), y); loss = loss / n; scaler.scale(loss).backward(); if ((i + 1) % n == 0) { scaler.step(optimizer); scaler.update(); }")]
    [InlineData("var loss = Loss(model.call(x), y); loss /= n; training.Backward(loss); if ((i + 1) % n == 0) training.Step();")]
    [InlineData("training.Backward(Loss(model.call(x), y).div(n)); if ((i + 1) % n == 0) training.Step();")]
    [InlineData("training.Backward(Loss(model.call(x), y) * (1.0 / n)); if ((i + 1) % n == 0) training.Step();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); training.Step(); if ((i + 1) % n == 0) Console.WriteLine(i);")]
    [InlineData("Loss(plain.call(x), y).backward(); if ((i + 1) % n == 0) { optimizer.step(); optimizer.zero_grad(); }")]
    [InlineData("if (i % 2 == 0) { training.Backward(Loss(model.call(x), y)); training.Step(); }")]
    [InlineData("training.Backward(Loss(model.call(x), y) / n); if (flag) training.Step();")]
    [InlineData("for (var k = 0; k < n; k++) { training.Backward(Loss(model.call(x), y) / n); } training.Step();")]
    public Task Accumulation_is_not(string body) => Rule.Verify(InLoop(body));
}
