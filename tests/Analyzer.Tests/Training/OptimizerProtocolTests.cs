using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using static Precision.Analyzer.Tests.Training.TrainingCode;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Training.TrainingAnalyzer>;

namespace Precision.Analyzer.Tests.Training;

/// <summary>PRC2001 to PRC2004 and PRC2009: optimizers, what they are made of, and schedules.</summary>
public class OptimizerProtocolTests
{
    [Theory]
    [InlineData("var m = new Plain().bfloat16(); var o = {|PRC2001:optim.AdamW(m.parameters())|};")]
    [InlineData("var m = new Plain(); m.half(); var o = {|PRC2001:optim.SGD(m.parameters(), 0.1)|};")]
    [InlineData("plain.to(ScalarType.BFloat16); var o = {|PRC2001:new FusedAdamW(plain.parameters())|};")]
    [InlineData("var m = new Plain(); m.to(device); m = m.bfloat16(); using var o = {|PRC2001:new FusedAdamW(m.named_parameters())|};")]
    [InlineData("var m = new Stored(); using var masters = m.CreateMasterWeights(); var o = {|PRC2001:optim.AdamW(m.parameters())|};")]
    [InlineData("if (flag) plain.half(); var o = {|PRC2001:optim.AdamW(plain.parameters())|};")]
    [InlineData("plain.half(); var parameters = plain.parameters(); var o = {|PRC2001:optim.AdamW(parameters)|};")]
    public Task An_optimizer_over_16_bit_parameters_is_reported(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("var o = optim.AdamW(plain.parameters());")]
    [InlineData("var m = new Plain().bfloat16(); m.@float(); var o = optim.AdamW(m.parameters());")]
    [InlineData("var m = new Plain().to(device); var o = optim.AdamW(m.parameters());")]
    [InlineData("var m = new Stored(); using var masters = m.CreateMasterWeights(); using var o = new FusedAdamW(masters.named_parameters());")]
    [InlineData("var m = new Brain(); using var masters = m.CreateMasterWeights(); var o = optim.AdamW(m.parameters());")]
    [InlineData("var m = new Stored(); using var t = MixedPrecisionTraining.Create(m, named => new FusedAdamW(named));")]
    [InlineData("var teacher = new Plain().half(); var student = new Plain(); var o = optim.AdamW(student.parameters());")]
    [InlineData("var o = optim.AdamW(plain.parameters()); o.step(); plain.half();")]
    [InlineData("plain.to(ScalarType.Float32); var o = optim.AdamW(plain.parameters());")]
    [InlineData("plain.half(); plain = new Plain(); var o = optim.AdamW(plain.parameters());")]
    public Task An_optimizer_over_float32_parameters_is_not(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("var m = new Plain(); var o = {|PRC2002:optim.AdamW(m.parameters())|}; m.to(device); Loss(m.call(batches[0].x), batches[0].y).backward(); o.step();")]
    [InlineData("var m = new Plain(); var o = {|PRC2002:optim.AdamW(m.parameters())|}; m.cuda(); o.step();")]
    [InlineData("var m = Linear(4, 2); var o = {|PRC2002:optim.AdamW(m.parameters())|}; m.to(device); o.step();")]
    [InlineData("var o = {|PRC2002:new FusedAdamW(plain.parameters())|}; plain.bfloat16(); scaler.step(o); scaler.update();")]
    [InlineData("var o = {|PRC2002:optim.SGD(plain.parameters(), 0.1)|}; plain.to(ScalarType.Float64); o.step();")]
    [InlineData("var m = new Half(); var t = {|PRC2002:MixedPrecisionTraining.Create(m, named => new FusedAdamW(named))|}; m.to(device); t.Backward(Loss(m.call(batches[0].x), batches[0].y)); t.Step();")]
    [InlineData("var m = new Plain(); m.to(device); var o = {|PRC2002:optim.AdamW(m.parameters())|}; foreach (var (x, y) in batches) { o.zero_grad(); Loss(m.call(x), y).backward(); o.step(); m.cpu(); m.to(device); }")]
    [InlineData("var m = new Plain(); var o = {|PRC2002:optim.AdamW(m.parameters())|}; m = m.to(device); Train(m, o); void Train(Plain model, optim.Optimizer with) { with.step(); }")]
    public Task An_optimizer_made_before_the_conversion_is_reported(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("var m = new Plain(); m.to(device); var o = optim.AdamW(m.parameters()); o.step();")]
    [InlineData("var m = new Plain().to(device); var o = optim.AdamW(m.parameters()); m.to(device); o.step();")]
    [InlineData("var m = new Plain(); var o = optim.AdamW(m.parameters()); m.cpu(); o.step();")]
    [InlineData("var m = new Plain(); var o = optim.AdamW(m.parameters()); o.step(); m.cpu(); m.save(\"file\");")]
    [InlineData("var m = new Plain(); var other2 = new Plain(); var o = optim.AdamW(m.parameters()); other2.to(device); o.step();")]
    [InlineData("var o = optim.AdamW(plain.parameters()); plain.to(device); o.step();")]
    [InlineData("var m = new Plain(); var o = optim.AdamW(m.parameters()); m.train(); o.step();")]
    [InlineData("var m = Linear(4, 2, device: device); var o = optim.AdamW(m.parameters()); m.to(device); o.step();")]
    [InlineData("var m = new Plain(); var o = optim.AdamW(m.parameters()); m.to(device); o = optim.AdamW(m.parameters()); o.step();")]
    [InlineData("plain.to(ScalarType.Float32); var o = optim.AdamW(plain.parameters()); plain.to(ScalarType.Float32); o.step();")]
    [InlineData("using var t = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named)); t.Step();")]
    public Task An_optimizer_made_after_it_is_not(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("{|PRC2003:Loss(model.call(x), y).backward()|}; optimizer.step();")]
    [InlineData("optimizer.zero_grad(); var output = model.forward(x); var loss = Loss(output, y); {|PRC2003:loss.backward()|}; optimizer.step();")]
    [InlineData("var loss = Loss(model.call(x), y) + 0.1 * Loss(plain.call(x), y); {|PRC2003:loss.backward()|}; torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0); optimizer.step();")]
    [InlineData("var m = new Half(); using var o = new FusedAdamW(m.named_parameters()); {|PRC2003:Loss(m.call(x), y).backward()|}; o.step();")]
    [InlineData("Module<Tensor, Tensor> m = new Half(); var loss = Loss(m.call(x), y); {|PRC2003:loss.backward()|}; optimizer.step();")]
    [InlineData("var loss = (Loss(model.call(x), y) / n); {|PRC2003:loss.backward()|}; if ((i + 1) % n == 0) { optimizer.step(); optimizer.zero_grad(); }")]
    [InlineData("var m = new Holder(); {|PRC2003:Loss(m.call(x), y).backward()|}; optimizer.step();")]
    [InlineData("using var masters = model.CreateMasterWeights(); {|PRC2003:Loss(model.call(x), y).backward()|}; masters.CopyGradients(); optimizer.step(); masters.CopyToModel();")]
    [InlineData("var loss = ComputeLoss(x, y); {|PRC2003:loss.backward()|}; optimizer.step(); Tensor ComputeLoss(Tensor a, Tensor b) { var output = model.call(a); return Loss(output, b); }")]
    [InlineData("var imageScale = 0.5; var loss = Loss(model.call(x * imageScale), y); {|PRC2003:loss.backward()|}; optimizer.step();")]
    [InlineData("var weight = 0.5; var loss = Loss(model.call(x), y) * weight; {|PRC2003:loss.backward()|}; optimizer.step();")]
    public Task A_plain_step_of_a_Float16_model_is_reported(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData("Loss(plain.call(x), y).backward(); optimizer.step();")]
    [InlineData("Loss(new Brain().call(x), y).backward(); optimizer.step();")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer); scaler.update();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); training.Step();")]
    [InlineData("Loss(model.call(x), y).backward();")]
    [InlineData("model.PrecisionPolicy = new PrecisionPolicy(Dtype.Float32); Loss(model.call(x), y).backward(); optimizer.step();")]
    [InlineData("Tensor target; using (no_grad()) { target = model.call(x); } Loss(model.call(x), y).backward(); training.zero_grad(); optimizer.zero_grad();")]
    [InlineData("Loss(model.call(x), y).backward(); optimizer.zero_grad(); Loss(plain.call(x), y).backward(); optimizer.step();")]
    [InlineData("var lossScale = 1024.0; (Loss(model.call(x), y) * lossScale).backward(); optimizer.step();")]
    [InlineData("var factor = 1024.0; (Loss(model.call(x), y) * factor).backward(); optimizer.step();")]
    [InlineData("var loss = Loss(model.call(x), y); if (flag) { scaler.scale(loss).backward(); } else { training.Backward(loss); } if (flag) { scaler.step(optimizer); scaler.update(); } else { training.Step(); }")]
    [InlineData("Func<Tensor> closure = () => { optimizer.zero_grad(); var loss = Loss(plain.call(x), y); loss.backward(); return loss; }; optimizer.step(closure);")]
    public Task Other_steps_are_not(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData("{|PRC2004:s.scale(Loss(m.call(x), y))|}.backward(); s.step(optimizer); s.update();", "")]
    [InlineData("var loss = Loss(m.call(x), y); var scaled = {|PRC2004:s.scale(loss)|}; scaled.backward(); s.step(optimizer); s.update();", "")]
    [InlineData("{|PRC2004:s.scale(Loss(m.call(x), y) / n)|}.backward(); s.step(optimizer); s.update();", "init_scale: 128")]
    [InlineData("{|PRC2004:s.scale(Loss(m.call(x), y))|}.backward(); s.step(optimizer); s.update();", "enabled: true")]
    [InlineData("if (flag) { {|PRC2004:s.scale(Loss(m.call(x), y))|}.backward(); s.step(optimizer); s.update(); }", "")]
    [InlineData("var output = m.forward(x); {|PRC2004:s.scale(Loss(output, y))|}.backward(); s.unscale_(optimizer); s.step(optimizer); s.update();", "")]
    public Task A_scaled_loss_of_a_BFloat16_model_is_reported(string loop, string arguments) => Rule.Verify(Scaled(loop, arguments));

    [Theory]
    [InlineData("s.scale(Loss(m.call(x), y)).backward(); s.step(optimizer); s.update();", "enabled: false")]
    [InlineData("s.scale(Loss(m.call(x), y)).backward(); s.step(optimizer); s.update();", "enabled: flag")]
    [InlineData("s.scale(Loss(model.call(x), y)).backward(); s.step(optimizer); s.update();", "")]
    [InlineData("s.scale(Loss(plain.call(x), y)).backward(); s.step(optimizer); s.update();", "")]
    [InlineData("s.scale(Loss(m.call(x), y) + Loss(model.call(x), y)).backward(); s.step(optimizer); s.update();", "")]
    [InlineData("scaler.scale(Loss(m.call(x), y)).backward(); scaler.step(optimizer); scaler.update();", "")]
    [InlineData("Loss(m.call(x), y).backward(); optimizer.step();", "")]
    [InlineData("m.PrecisionPolicy = new PrecisionPolicy(Dtype.Float16); s.scale(Loss(m.call(x), y)).backward(); s.step(optimizer); s.update();", "")]
    [InlineData("training.Backward(Loss(m.call(x), y)); training.Step();", "")]
    [InlineData("s.scale(Loss(new Holder().call(x), y)).backward(); s.step(optimizer); s.update();", "")]
    public Task Other_scaled_losses_are_not(string loop, string arguments) => Rule.Verify(Scaled(loop, arguments));

    [Theory]
    [InlineData("training.Backward(Loss(model.call(x), y)); training.Step(); {|PRC2009:scheduler.step()|};")]
    [InlineData("training.Backward(Loss(model.call(x), y)); _ = training.Step(1.0); {|PRC2009:scheduler.step()|};")]
    [InlineData("training.Backward(Loss(model.call(x), y)); var step = training.Step(); {|PRC2009:scheduler.step()|};")]
    [InlineData("training.Backward(Loss(model.call(x), y) / n); if ((i + 1) % n == 0) { training.Step(); {|PRC2009:scheduler.step()|}; }")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer); scaler.update(); {|PRC2009:scheduler.step()|};")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer); {|PRC2009:scheduler.step()|}; scaler.update();")]
    public Task A_schedule_that_ignores_skipped_steps_is_reported(string body) => Rule.Verify(InLoop(body));

    [Theory]
    [InlineData("training.Backward(Loss(model.call(x), y)); if (training.Step().Applied) scheduler.step();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); var step = training.Step(); if (step.Applied) scheduler.step();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); var step = training.Step(); if (step.Outcome == StepOutcome.Applied) { scheduler.step(); }")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer); scaler.update(); if (!scaler.WasSkipped(optimizer)) scheduler.step();")]
    [InlineData("var before = scaler.get_scale(); scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer); scaler.update(); if (before <= scaler.get_scale()) scheduler.step();")]
    [InlineData("Loss(plain.call(x), y).backward(); optimizer.step(); scheduler.step();")]
    [InlineData("for (var k = 0; k < n; k++) { training.Backward(Loss(model.call(x), y)); training.Step(); } scheduler.step();")]
    [InlineData("training.Backward(Loss(model.call(x), y)); training.Step();")]
    public Task A_schedule_that_asks_is_not(string body) => Rule.Verify(InLoop(body));

    [Fact]
    public Task A_loss_in_a_field_is_followed() => Rule.Verify(Models + """
        sealed class Trainer(Half model, optim.Optimizer optimizer)
        {
            private Tensor loss = zeros(1);

            public void Train(Tensor x, Tensor y)
            {
                optimizer.zero_grad();
                loss = functional.mse_loss(model.call(x), y);
                {|PRC2003:loss.backward()|};
                optimizer.step();
            }

            public void TrainInHelper(Tensor x, Tensor y)
            {
                loss = functional.mse_loss(model.call(x), y);
                Multiply();
                loss.backward();
                optimizer.step();
            }

            private void Multiply() => loss = loss * 1024;
        }
        """);

    [Fact]
    public Task The_message_names_the_optimizer() => Rule.Verify(
        InLoop("{|#0:Loss({|#2:model.call(x)|}, y).backward()|}; {|#1:optimizer.step()|};"),
        static test => test.ExpectedDiagnostics.Add(new DiagnosticResult("PRC2003", DiagnosticSeverity.Warning)
            .WithLocation(0)
            .WithLocation(1)
            .WithLocation(2)
            .WithMessage("The gradients of a Float16 model reach 'optimizer.step' without loss scaling, so small ones have already underflowed "
                + "to 0: train with MixedPrecisionTraining, or scale the loss with a GradScaler")));

    private static string Scaled(string loop, string arguments)
        => InMethod($"var m = new Brain(); using var s = new GradScaler({arguments}); foreach (var (x, y) in batches) {{ {loop} }}");
}
