using static Precision.Analyzer.Tests.Training.TrainingCode;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Training.TrainingAnalyzer>;

namespace Precision.Analyzer.Tests.Training;

/// <summary>PRC2011: what makes the host wait for the device in each step.</summary>
public class DeviceWaitTests
{
    private const string Step = "var loss = Loss(model.call(x), y); training.Backward(loss); var step = training.Step();";

    [Theory]
    [InlineData(Step + "Console.WriteLine({|PRC2011:loss.item<float>()|});")]
    [InlineData(Step + "Console.WriteLine($\"{{|PRC2011:loss.ToSingle()|}}\");")]
    [InlineData(Step + "var value = {|PRC2011:(float)loss|};")]
    [InlineData(Step + "{|PRC2011:loss.print()|};")]
    [InlineData(Step + "Console.WriteLine({|PRC2011:loss.str()|});")]
    [InlineData(Step + "Console.WriteLine({|PRC2011:loss.ToString(TorchSharp.TensorStringStyle.Julia)|});")]
    [InlineData(Step + "var host = {|PRC2011:loss.cpu()|};")]
    [InlineData(Step + "var host = {|PRC2011:loss.to(CPU)|}; Console.WriteLine(host.item<float>());")]
    [InlineData(Step + "Console.WriteLine({|PRC2011:step.GradientNorm|});")]
    [InlineData(Step + "var scale = {|PRC2011:step.LossScale|};")]
    [InlineData(Step + "Console.WriteLine({|PRC2011:step.Applied|});")]
    [InlineData(Step + "Console.WriteLine($\"{{|PRC2011:training.SkippedSteps|}}\");")]
    [InlineData(Step + "if (float.IsNaN({|PRC2011:loss.item<float>()|})) break;")]
    [InlineData(Step + "if ({|PRC2011:loss.isnan().any().item<bool>()|}) throw new InvalidOperationException(); Console.WriteLine(loss.item<float>());")]
    [InlineData("if ((i + 1) % n == 0) { " + Step + " Console.WriteLine({|PRC2011:loss.item<float>()|}); }")]
    [InlineData(Step + "foreach (var micro in batches) { training.Backward(Loss(model.call(micro.x), micro.y)); Console.WriteLine({|PRC2011:loss.item<float>()|}); }")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer); scaler.update(); Console.WriteLine({|PRC2011:scaler.get_scale()|});")]
    [InlineData("var loss = Loss(new Brain().call(x), y); loss.backward(); optimizer.step(); Console.WriteLine({|PRC2011:loss.item<float>()|});")]
    [InlineData(Step + "{|PRC2011:Show(loss)|}; void Show(Tensor value) => Console.WriteLine(value.item<float>());")]
    [InlineData("if ((i + 1) % n != 0) { i++; continue; } " + Step + " Console.WriteLine({|PRC2011:loss.item<float>()|});")]
    public Task A_read_in_each_step_is_reported(string body) => Rule.Verify(InLoop(body));

    [Fact]
    public Task A_helper_that_trains_and_reads_is_reported() => Rule.Verify(InLoop(
        "Train(x, y);",
        """
        private readonly Half net = new();
        private readonly MixedPrecisionTraining own = null!;

        float Train(Tensor x, Tensor y)
        {
            var loss = Loss(net.call(x), y);
            own.Backward(loss);
            own.Step();
            return {|PRC2011:loss.item<float>()|};
        }

        float TrainOnce(Tensor x, Tensor y)
        {
            var loss = Loss(net.call(x), y);
            own.Backward(loss);
            own.Step();
            return loss.item<float>();
        }
        """));

    [Theory]
    [InlineData(Step)]
    [InlineData(Step + "if (i % 100 == 0) Console.WriteLine(loss.item<float>());")]
    [InlineData(Step + "if (i % 100 == 0) { Console.WriteLine($\"{loss.item<float>()} {step.GradientNorm}\"); }")]
    [InlineData(Step + "if (i % 100 != 0) { i++; continue; } Console.WriteLine(loss.item<float>());")]
    [InlineData(Step + "if (flag) Console.WriteLine(loss.item<float>());")]
    [InlineData(Step + "var text = i % 100 == 0 ? loss.item<float>().ToString() : null;")]
    [InlineData(Step + "if (i % 100 == 0 && loss.item<float>() > 1) break;")]
    [InlineData(Step + "switch (i) { case 0: Console.WriteLine(loss.item<float>()); break; }")]
    [InlineData(Step + "try { } catch (InvalidOperationException) { Console.WriteLine(loss.item<float>()); throw; }")]
    [InlineData(Step + "Action show = () => Console.WriteLine(loss.item<float>());")]
    [InlineData(Step + "Console.WriteLine(loss); Console.WriteLine($\"{loss}\"); Console.WriteLine(loss.ToString()); Console.WriteLine(loss.shape[0]);")]
    [InlineData(Step + "if (step.Applied) scheduler.step();")]
    [InlineData(Step + "if (step.Outcome is StepOutcome.Applied) scheduler.step();")]
    [InlineData("scaler.scale(Loss(model.call(x), y)).backward(); scaler.step(optimizer); scaler.update(); if (!scaler.WasSkipped(optimizer)) scheduler.step();")]
    [InlineData(Step + "var index = torch.randint(0, 10, [1]).item<long>(); var fixedValue = torch.tensor(1f).item<float>();")]
    [InlineData(Step + "var weights = torch.ones(8); Console.WriteLine((weights * 2).sum().item<float>());")]
    [InlineData(Step + "foreach (var batch in batches) { using (no_grad()) Console.WriteLine(Loss(model.call(batch.x), batch.y).item<float>()); }")]
    [InlineData(Step + "Show(loss, false); void Show(Tensor value, bool isShown) { if (isShown) Console.WriteLine(value.item<float>()); }")]
    [InlineData("var loss = Loss(plain.call(x), y); loss.backward(); optimizer.step(); Console.WriteLine(loss.item<float>());")]
    [InlineData("Console.WriteLine(Loss(model.call(x), y).item<float>());")]
    [InlineData(Step + "foreach (var value in new[] { 1 }) { } sum += loss.detach();", "Tensor sum = torch.zeros(1);")]
    public Task Other_reads_are_not(string body, string members = "") => Rule.Verify(InLoop(body, members));

    [Theory]
    [InlineData("foreach (var (x, y) in batches) { " + Step + " } Console.WriteLine(training.SkippedSteps);")]
    [InlineData("for (var epoch = 0; epoch < n; epoch++) { Tensor last = torch.zeros(1); foreach (var (x, y) in batches) { " + Step + " last = loss; } Console.WriteLine(last.item<float>()); }")]
    [InlineData("var (x, y) = batches[0]; " + Step + " Console.WriteLine(loss.item<float>());")]
    [InlineData("for (var epoch = 0; epoch < n; epoch++) { Train(); Console.WriteLine(training.SkippedSteps); } void Train() { foreach (var (x, y) in batches) { " + Step + " } }")]
    public Task Reads_after_the_loop_are_not(string body) => Rule.Verify(InMethod(body));

    [Fact]
    public Task A_program_without_device_is_not_reported() => Rule.Verify(
        Models + """
        static class C
        {
            static void M(Half model, MixedPrecisionTraining training, List<(Tensor x, Tensor y)> batches)
            {
                foreach (var (x, y) in batches)
                {
                    var loss = functional.mse_loss(model.call(x), y);
                    training.Backward(loss);
                    training.Step();
                    Console.WriteLine(loss.item<float>());
                }
            }
        }
        """);
}
