using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Training.TrainingAnalyzer>;

namespace Precision.Analyzer.Tests.Training;

/// <summary>What PyTorch documents of loss scaling, written for this library: as it stands, and with one mistake at a time.</summary>
public class RecipeTests
{
    private const string Typical = """
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            foreach (var (input, target) in data)
            {
                optimizer.zero_grad();
                var output = net.call(input);
                var loss = loss_fn.call(output, target);
                scaler.scale(loss).backward();
                scaler.step(optimizer);
                scaler.update();
            }
        }
        """;

    private const string Clipping = """
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            foreach (var (input, target) in data)
            {
                optimizer.zero_grad();
                var output = net.call(input);
                var loss = loss_fn.call(output, target);
                scaler.scale(loss).backward();
                scaler.unscale_(optimizer);
                torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm);
                scaler.step(optimizer);
                scaler.update();
            }
        }
        """;

    private const string Accumulation = """
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var i = 0;
            foreach (var (input, target) in data)
            {
                var output = net.call(input);
                var loss = loss_fn.call(output, target);
                loss = loss / iters_to_accumulate;
                scaler.scale(loss).backward();
                if ((i + 1) % iters_to_accumulate == 0)
                {
                    scaler.unscale_(optimizer);
                    torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm);
                    scaler.step(optimizer);
                    scaler.update();
                    optimizer.zero_grad();
                }

                i++;
            }
        }
        """;

    private const string Penalty = """
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            foreach (var (input, target) in data)
            {
                optimizer.zero_grad();
                var output = net.call(input);
                var loss = loss_fn.call(output, target);
                var scaled_grad_params = torch.autograd.grad([scaler.scale(loss)], [.. net.parameters()], create_graph: true);
                var inv_scale = 1.0 / scaler.get_scale();
                var grad_norm = torch.zeros(1);
                foreach (var scaled in scaled_grad_params)
                {
                    grad_norm = grad_norm + (scaled * inv_scale).pow(2).sum();
                }

                grad_norm = grad_norm.sqrt();
                loss = loss + grad_norm;
                scaler.scale(loss).backward();
                scaler.step(optimizer);
                scaler.update();
            }
        }
        """;

    private const string Several = """
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            foreach (var (input, target) in data)
            {
                optimizer0.zero_grad();
                optimizer1.zero_grad();
                var output0 = net.call(input);
                var output1 = net1.call(input);
                var loss0 = loss_fn.call(2 * output0 + 3 * output1, target);
                var loss1 = loss_fn.call(3 * output0 - 5 * output1, target);
                scaler.scale(loss0).backward(retain_graph: true);
                scaler.scale(loss1).backward();
                scaler.unscale_(optimizer0);
                scaler.step(optimizer0);
                scaler.step(optimizer1);
                scaler.update();
            }
        }
        """;

    private const string Loop = """
        foreach (var (input, target) in data)
        {
            training.Backward(loss_fn.call(net.call(input), target));
            if (training.Step(maxGradNorm: 1.0).Applied)
            {
                scheduler.step();
            }
        }
        """;

    private const string Parallel = """
        using var group = Precision.Distributed.ProcessGroup.Join();
        using var parallel = MixedPrecisionTraining.Create(
            net, named => optim.AdamW(named), new MixedPrecisionTrainingOptions { Parallelism = new Precision.Distributed.DataParallel(group) });
        foreach (var (input, target) in data)
        {
            parallel.Backward(loss_fn.call(net.call(input), target));
            parallel.Step();
        }
        """;

    private const string Masters = """
        using var masters = stored.CreateMasterWeights();
        using var own = new Precision.Optim.FusedAdamW(masters.named_parameters(), lr: 3e-4);
        foreach (var (input, target) in data)
        {
            own.zero_grad();
            loss_fn.call(stored.call(input), target).backward();
            masters.CopyGradients();
            own.step();
            masters.CopyToModel();
        }
        """;

    public static TheoryData<string, string> Recipes => new()
    {
        { nameof(Typical), Typical },
        { nameof(Clipping), Clipping },
        { nameof(Accumulation), Accumulation },
        { nameof(Penalty), Penalty },
        { nameof(Several), Several },
        { nameof(Loop), Loop },
        { nameof(Masters), Masters },
        { nameof(Parallel), Parallel },
    };

    [Theory]
    [MemberData(nameof(Recipes))]
#pragma warning disable xUnit1026 // the name tells the cases apart
    public Task A_recipe_is_silent(string name, string recipe) => Rule.Verify(InMethod(recipe));
#pragma warning restore xUnit1026

    [Theory]
    [InlineData(nameof(Typical), "scaler.scale(loss).backward()", "{|PRC2008:loss.backward()|}")]
    [InlineData(nameof(Typical), "scaler.scale(loss).backward();\n        scaler.step(optimizer);\n        scaler.update();", "{|PRC2003:loss.backward()|};\n optimizer.step();")]
    [InlineData(nameof(Typical), "scaler.step(optimizer)", "{|PRC2008:optimizer.step()|}")]
    [InlineData(nameof(Typical), "scaler.step(optimizer);\n        scaler.update();", "{|PRC2006:scaler.step(optimizer)|};")]
    [InlineData(nameof(Typical), "scaler.update();", "if (flag) continue; scaler.update();", "scaler.step(optimizer)", "{|PRC2006:scaler.step(optimizer)|}")]
    [InlineData(nameof(Typical), "scaler.update();", "scaler.update(); {|PRC2007:scaler.update()|};")]
    [InlineData(nameof(Typical), "scaler.update();", "scaler.update(); {|PRC2009:scheduler.step()|};")]
    [InlineData(nameof(Clipping), "scaler.unscale_(optimizer);", "", "torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm)", "{|PRC2005:torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm)|}")]
    [InlineData(nameof(Clipping), "scaler.unscale_(optimizer);", "scaler.unscale_(optimizer); {|PRC2007:scaler.unscale_(optimizer)|};")]
    [InlineData(nameof(Clipping), "scaler.step(optimizer)", "{|PRC2008:optimizer.step()|}")]
    [InlineData(nameof(Accumulation), "loss = loss / iters_to_accumulate;", "", "scaler.scale(loss).backward()", "{|PRC2010:scaler.scale(loss).backward()|}")]
    [InlineData(nameof(Accumulation), "scaler.unscale_(optimizer);", "", "torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm)", "{|PRC2005:torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm)|}")]
    [InlineData(nameof(Accumulation), "scaler.unscale_(optimizer);", "", "scaler.scale(loss).backward();", "scaler.scale(loss).backward(); {|PRC2010:scaler.unscale_(optimizer)|};")]
    [InlineData(nameof(Accumulation), "scaler.update();", "", "i++;", "{|PRC2010:scaler.update()|}; i++;")]
    [InlineData(nameof(Penalty), "scaler.step(optimizer)", "{|PRC2008:optimizer.step()|}")]
    [InlineData(nameof(Penalty), "scaler.scale(loss).backward()", "{|PRC2008:loss.backward()|}")]
    [InlineData(nameof(Penalty), "scaler.update();", "", "scaler.step(optimizer)", "{|PRC2006:scaler.step(optimizer)|}")]
    [InlineData(nameof(Several), "scaler.step(optimizer1)", "scaler.update(); {|PRC2007:scaler.step(optimizer1)|}")]
    [InlineData(nameof(Several), "scaler.scale(loss1).backward()", "{|PRC2008:loss1.backward()|}")]
    [InlineData(nameof(Several), "scaler.update();", "", "scaler.step(optimizer1)", "{|PRC2006:scaler.step(optimizer1)|}", "scaler.unscale_(optimizer0)", "{|PRC2006:scaler.unscale_(optimizer0)|}")]
    [InlineData(nameof(Loop), "training.Backward(loss_fn.call(net.call(input), target))", "{|PRC2008:loss_fn.call(net.call(input), target).backward()|}")]
    [InlineData(nameof(Loop), "if (training.Step(maxGradNorm: 1.0).Applied)", "training.Step(maxGradNorm: 1.0);", "scheduler.step()", "{|PRC2009:scheduler.step()|}")]
    [InlineData(nameof(Loop), "if (training.Step(maxGradNorm: 1.0).Applied)", "{|PRC2008:training.Optimizer.step()|}; if (training.Step().Applied)")]
    [InlineData(nameof(Masters), "masters.named_parameters()", "stored.named_parameters()", "new Precision.Optim.FusedAdamW(stored.named_parameters(), lr: 3e-4)", "{|PRC2001:new Precision.Optim.FusedAdamW(stored.named_parameters(), lr: 3e-4)|}")]
    public Task A_mistake_in_a_recipe_is_reported(string recipe, params string[] edits)
    {
        var source = (string)Recipes.Single(row => (string)row[0] == recipe)[1];
        for (var i = 0; i < edits.Length; i += 2)
        {
            var before = string.Join(@"\s+", edits[i].Split('\n').Select(static line => System.Text.RegularExpressions.Regex.Escape(line.Trim())));
            Assert.Single(System.Text.RegularExpressions.Regex.Matches(source, before));
            source = System.Text.RegularExpressions.Regex.Replace(source, before, edits[i + 1].Replace("$", "$$", StringComparison.Ordinal));
        }

        return Rule.Verify(InMethod(source));
    }

    private static string InMethod(string body) => $$"""
        {{TrainingCode.Models}}
        class C
        {
            void M(
                Half net, Plain net1, Stored stored, optim.Optimizer optimizer, optim.Optimizer optimizer0, optim.Optimizer optimizer1, GradScaler scaler,
                MixedPrecisionTraining training, optim.lr_scheduler.LRScheduler scheduler, List<(Tensor, Tensor)> data, Module<Tensor, Tensor, Tensor> loss_fn,
                Device device, int epochs, int iters_to_accumulate, double max_norm, bool flag)
            {
                {{body}}
            }
        }
        """;
}
