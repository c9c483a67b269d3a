using Precision.Analyzer.Tests.Documentation;
using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Training;

/// <summary>
/// Two training programs, as they are and with one mistake at a time: a classifier with accumulation, evaluation, checkpoints and early
/// stopping, in classes and helpers, and a GAN with two optimizers and a gradient penalty.
/// </summary>
public class TrainingProgramTests
{
    [Theory]
    [InlineData("Classifier")]
    [InlineData("Adversarial")]
    public async Task A_program_is_silent(string name)
    {
        var compilation = await Compile(Read(name));
        Assert.Empty(compilation.CompilerErrors);
        Assert.Empty(compilation.Diagnostics);
    }

    [Theory]
    // A step without update, in helpers that the loop calls.
    [InlineData("Classifier", "        scaler.update();\n", "", "PRC2006", "Apply()")]
    [InlineData("Classifier", "scaler.unscale_(optimizer);", "", "PRC2005", "ClipGradients()")]
    [InlineData("Classifier", "scaler.step(optimizer);", "optimizer.step();", "PRC2008", "Apply()")]
    [InlineData("Classifier", "=> scaler.scale(loss).backward()", "=> loss.backward()", "PRC2008", "Accumulate(loss)")]
    [InlineData("Classifier", "Accumulate(loss);", "Accumulate(loss);\n ClipGradients();", "PRC2010", "ClipGradients()")]
    [InlineData("Classifier", "training.Backward(loss / microBatches);", "training.Backward(loss);", "PRC2010", "training.Backward(loss)")]
    [InlineData("Classifier", "training.Backward(loss / microBatches);", "(loss / microBatches).backward();", "PRC2008", "(loss / microBatches).backward()")]
    [InlineData("Classifier", "if (step.Applied)\n", "if (i > 0)\n", "PRC2009", "schedule.step()")]
    [InlineData("Classifier", "var step = training.Step();", "training.Optimizer.step(); var step = training.Step();", "PRC2008", "training.Optimizer.step()")]
    [InlineData("Classifier", "var step = training.Step();", "training.Step(); var step = training.Step();", "PRC2007", "training.Step()")]
    // Two optimizers, one scaler.
    [InlineData("Adversarial", "scaler.update();\n        return loss.detach();", "return loss.detach();", "PRC2006", "TrainDiscriminator(real)")]
    [InlineData("Adversarial", "scaler.unscale_(generatorOptimizer);", "", "PRC2005", "nn.utils.clip_grad_norm_(generator.parameters(), settings.MaxNorm)")]
    [InlineData("Adversarial", "scaler.unscale_(discriminatorOptimizer);", "", "PRC2005", "nn.utils.clip_grad_norm_(discriminator.parameters(), settings.MaxNorm)")]
    [InlineData("Adversarial", "scaler.unscale_(generatorOptimizer);", "scaler.unscale_(generatorOptimizer); scaler.unscale_(generatorOptimizer);", "PRC2007", "scaler.unscale_(generatorOptimizer)")]
    [InlineData("Adversarial", "scaler.step(generatorOptimizer);", "generatorOptimizer.step();", "PRC2008", "generatorOptimizer.step()")]
    [InlineData("Adversarial", "generator.to(device);\n        discriminator.to(device);\n", "", "")]
    [InlineData("Adversarial", "probe.to(device);\n", "", "PRC2002", "optim.SGD(probe.parameters(), 0.1, momentum: 0.9)", "var schedule", "probe.to(device); var schedule")]
    [InlineData("Adversarial", "probe.to(device);\n", "probe.to(device); probe.bfloat16();\n", "PRC2001", "optim.SGD(probe.parameters(), 0.1, momentum: 0.9)")]
    [InlineData("Adversarial", "probe.call(image.to(device)), label", "generator.call(image.to(device)), label", "PRC2003", "loss.backward()")]
    public async Task A_mistake_is_reported_and_nothing_else(string name, string before, string after, string id, params string[] more)
    {
        var source = Replace(Read(name), before, after);
        for (var i = 1; i < more.Length; i += 2)
        {
            source = Replace(source, more[i], more[i + 1]);
        }

        var compilation = await Compile(source);
        Assert.Empty(compilation.CompilerErrors);
        Assert.Equal(id.Length == 0 ? [] : [id], compilation.Diagnostics.Select(static diagnostic => diagnostic.Id).Distinct());
        if (id.Length > 0)
        {
            Assert.Contains(more[0], compilation.Diagnostics.Select(static diagnostic
                => diagnostic.Location.SourceTree!.GetText().ToString(diagnostic.Location.SourceSpan)));
        }
    }

    private static string Read(string name)
        => File.ReadAllText(Repository.PathOf($"tests/Analyzer.Tests/Training/Programs/{name}.cs"));

    private static string Replace(string source, string before, string after)
    {
        Assert.Contains(before, source, StringComparison.Ordinal);
        return source.Replace(before, after, StringComparison.Ordinal);
    }

    private static Task<RuleCompilation> Compile(string source) => RuleCompilation.Create(source);
}
