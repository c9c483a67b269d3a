using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Regions;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Regions.RegionAnalyzer>;

namespace Precision.Analyzer.Tests.Regions;

/// <summary>PRC3001 to PRC3003.</summary>
public class RegionTests
{
    private static string InMethod(string body, string head = "async Task<Tensor> M(Tensor x, Module<Tensor, Tensor> model)") => $$"""
        static class C
        {
            static async Task<Tensor> Load() { await Task.Yield(); return zeros(1); }
            static {{head}}
            {
                {{body}}
            }
        }
        """;

    [Theory]
    [InlineData("using var region = Autocast.Enter(CPU, Dtype.BFloat16); x = {|PRC3001:await|} Load(); return x;")]
    [InlineData("using (Autocast.Enter(CPU, Dtype.BFloat16)) { x = {|PRC3001:await|} Load(); } return x;")]
    [InlineData("using (var region = Autocast.Disable(CPU)) if (x is null) { foreach (var y in new[] { x }) x = ({|PRC3001:await|} Load()) + y!; } return x!;")]
    [InlineData("using AutocastRegion region = Autocast.Enter(device: CPU, dtype: Dtype.BFloat16); { x += {|PRC3001:await|} Load() + {|PRC3001:await|} Load(); } return x;")]
    [InlineData("Func<Task<Tensor>> f = async () => { using var region = Autocast.Enter(CPU, Dtype.BFloat16); return {|PRC3001:await|} Load(); }; return await f();")]
    [InlineData("using var region = Autocast.Enter(CPU, Dtype.BFloat16); {|PRC3001:await|} foreach (var y in Many()) x += y; return x; async IAsyncEnumerable<Tensor> Many() { yield return await Load(); }")]
    public Task What_awaits_in_a_region_is_reported(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("x = await Load(); using var region = Autocast.Enter(CPU, Dtype.BFloat16); return x * 2;")]
    [InlineData("using (Autocast.Enter(CPU, Dtype.BFloat16)) { x = x * 2; } return await Load();")]
    [InlineData("using (Autocast.Enter((await Load()).device, Dtype.BFloat16)) { x = x * 2; } return x;")]
    [InlineData("using var region = Autocast.Enter((await Load()).device, Dtype.BFloat16); return x;")]
    [InlineData("using var scope = NewDisposeScope(); return await Load();")]
    [InlineData("using var region = Autocast.Enter(CPU, Dtype.BFloat16); Func<Task<Tensor>> later = async () => await Load(); return x;")]
    [InlineData("{ using var region = Autocast.Enter(CPU, Dtype.BFloat16); x *= 2; } return await Load();")]
    public Task What_awaits_outside_is_not(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("using var region = Autocast.Enter(CPU, Dtype.BFloat16); x.sum().{|PRC3002:backward|}();")]
    [InlineData("using (Autocast.Enter(CPU, Dtype.BFloat16)) { model.call(x).sum().{|PRC3002:backward|}(); }")]
    [InlineData("using (Autocast.Enter(CPU, Dtype.BFloat16)) { var loss = model.call(x).sum(); if (x is not null) { loss.{|PRC3002:backward|}(); } }")]
    [InlineData("using (Autocast.Enter(CPU, Dtype.BFloat16)) training.{|PRC3002:Backward|}(model.call(x).sum());")]
    [InlineData("foreach (var y in new[] { x }) { using var region = Autocast.Enter(CPU, Dtype.BFloat16); y.sum().{|PRC3002:backward|}(); }")]
    [InlineData("using (Autocast.Disable(CPU)) { x.sum().{|PRC3002:backward|}(retain_graph: true); }")]
    public Task A_backward_in_a_region_is_reported(string body) => Rule.Verify(InMethod(body, "void M(Tensor x, Module<Tensor, Tensor> model, MixedPrecisionTraining training)"));

    [Theory]
    [InlineData("Tensor loss; using (Autocast.Enter(CPU, Dtype.BFloat16)) { loss = model.call(x).sum(); } loss.backward();")]
    [InlineData("{ using var region = Autocast.Enter(CPU, Dtype.BFloat16); x *= 2; } x.sum().backward();")]
    [InlineData("training.Backward(model.call(x).sum());")]
    [InlineData("x.sum().backward();")]
    [InlineData("x.sum().backward(); using var region = Autocast.Enter(CPU, Dtype.BFloat16);")]
    [InlineData("using var region = Autocast.Enter(CPU, Dtype.BFloat16); _ = autograd.grad([x.sum()], [x]);")]
    [InlineData("using var region = Autocast.Enter(CPU, Dtype.BFloat16); Action later = () => x.sum().backward();")]
    [InlineData("using var region = Autocast.Enter(CPU, Dtype.BFloat16); backward(); void backward() { }")]
    [InlineData("using (no_grad()) { } x.sum().backward();")]
    [InlineData("using var scope = NewDisposeScope(); model.call(x).sum().backward();")]
    public Task A_backward_after_it_is_not(string body) => Rule.Verify(InMethod(body, "void M(Tensor x, Module<Tensor, Tensor> model, MixedPrecisionTraining training)"));

    [Fact]
    public Task A_yield_in_a_region_is_reported()
        => Rule.Verify(InMethod(
            "foreach (var x in xs) { using var region = Autocast.Enter(CPU, Dtype.BFloat16); {|PRC3001:yield|} return x * 2; } yield break;",
            "IEnumerable<Tensor> M(Tensor[] xs)"));

    [Theory]
    [InlineData("Task.{|PRC3001:Run|}(() => x.matmul(x)).Wait();")]
    [InlineData("Task.{|PRC3001:Run|}(async () => { await Task.Yield(); return x * 2; }).Wait();")]
    [InlineData("Task.Factory.{|PRC3001:StartNew|}(() => model.call(x)).Wait();")]
    [InlineData("System.Threading.Tasks.Parallel.{|PRC3001:For|}(0, 4, i => { var y = x * i; });")]
    [InlineData("System.Threading.Tasks.Parallel.{|PRC3001:ForEach|}(body: y => y.relu(), source: new[] { x });")]
    [InlineData("System.Threading.Tasks.Parallel.{|PRC3001:Invoke|}(() => x.relu(), () => x.relu());")]
    [InlineData("System.Threading.ThreadPool.{|PRC3001:QueueUserWorkItem|}(_ => x.relu());")]
    [InlineData("var thread = {|PRC3001:new System.Threading.Thread(() => x.relu())|}; thread.Start();")]
    [InlineData("{|PRC3001:new System.Threading.Thread(_ => { var y = x * 2; }, 1 << 20)|}.Start();")]
    [InlineData("using var timer = {|PRC3001:new System.Threading.Timer(_ => model.call(x), null, 0, 10)|};")]
    [InlineData("{|PRC3001:new Task(() => x.relu())|}.Start();")]
    [InlineData("_ = new[] { x }.AsParallel().{|PRC3001:Select|}(y => y.relu()).ToArray();")]
    public Task Work_given_to_other_threads_is_reported(string statement)
        => Rule.Verify(InMethod("using var region = Autocast.Enter(CPU, Dtype.BFloat16); " + statement, "void M(Tensor x, Module<Tensor, Tensor> model)"));

    [Theory]
    [InlineData("Task.Run(() => { using var inner = Autocast.Enter(CPU, Dtype.BFloat16); return x.matmul(x); }).Wait();")] // the remedy
    [InlineData("Task.Run(() => { using (Autocast.Enter(CPU, Dtype.BFloat16)) return x.matmul(x); }).Wait();")]
    [InlineData("Task.Run(() => Console.WriteLine(x)).Wait();")]
    [InlineData("Task.Run(Work).Wait(); void Work() => x.relu();")] // what it does is not looked up
    [InlineData("new System.Threading.Thread(() => { using var inner = Autocast.Enter(CPU, Dtype.BFloat16); x.relu(); }).Start();")]
    [InlineData("new System.Threading.Thread(() => Console.WriteLine(x)).Start(); new Lazy<Tensor>(() => x.relu());")]
    [InlineData("Task.WaitAll();")]
    [InlineData("new List<Tensor> { x }.ForEach(y => y.relu());")]
    [InlineData("Task.Run(() => annotated.call(x)).Wait();")] // enters its own
    public Task Other_work_is_not(string statement)
        => Rule.Verify(Annotated + InMethod("using var region = Autocast.Enter(CPU, Dtype.BFloat16); " + statement, "void M(Tensor x, Annotated annotated)"));

    private const string Annotated = """
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class Annotated() : Module<Tensor, Tensor>("annotated") { Tensor ForwardCore(Tensor x) => x * 2; }

        """;

    [Theory]
    [InlineData("MixedPrecision(Dtype.BFloat16)", "async Task<Tensor> ForwardCore(Tensor x) { {|PRC3001:await|} Task.Yield(); return x * 2; }")]
    [InlineData("MixedPrecision(Dtype.BFloat16)", "async Task<Tensor> ForwardCore(Tensor x) => {|PRC3001:await|} Task.{|PRC3001:Run|}(() => x * 2);")]
    [InlineData("MixedPrecision(Dtype.BFloat16)", "Task<Tensor> ForwardCore(Tensor x) => Later(x); async Task<Tensor> Later(Tensor x) { await Task.Yield(); return x; }")]
    [InlineData("FullPrecision", "async Task<Tensor> ForwardCore(Tensor x) { await Task.Yield(); return x * 2; }")]
    public Task ForwardCore_is_a_region(string attribute, string member)
        => Rule.Verify($$"""[{{attribute}}] sealed partial class A() : Module<Tensor, Task<Tensor>>("a") { {{member}} }""");

    [Fact]
    public Task A_region_that_is_dropped_gets_a_using()
        => Rule.VerifyFix<DisposeRegionCodeFix>(
            InMethod("""
                // a region
                var first = {|PRC3003:Autocast.Enter(CPU, Dtype.BFloat16)|}; // to the end
                        AutocastRegion second = {|PRC3003:Autocast.Disable(CPU)|};
                        // another
                        {|PRC3003:Autocast.Enter(CPU, Dtype.Float16)|}; // here
                        {
                            _ = {|PRC3003:Autocast.Enter(CPU, Dtype.Float16)|};
                            int region3 = 0;
                        }
                        {|PRC3003:Autocast.Enter(CPU, Dtype.Auto)|};
                """, "void M()"),
            InMethod("""
                // a region
                using var first = Autocast.Enter(CPU, Dtype.BFloat16); // to the end
                        using AutocastRegion second = Autocast.Disable(CPU);
                        // another
                        using var region = Autocast.Enter(CPU, Dtype.Float16); // here
                        {
                            using var region2 = Autocast.Enter(CPU, Dtype.Float16);
                            int region3 = 0;
                        }
                        using var region4 = Autocast.Enter(CPU, Dtype.Auto);
                """, "void M()"));

    [Theory]
    [InlineData("if (true) {|PRC3003:Autocast.Enter(CPU, Dtype.BFloat16)|};")]
    [InlineData("switch (1) { case 1: var region = {|PRC3003:Autocast.Enter(CPU, Dtype.BFloat16)|}; break; }")]
    public Task Where_no_using_can_stand_no_fix_is_offered(string body)
        => Rule.VerifyFix<DisposeRegionCodeFix>(InMethod(body, "void M()"), InMethod(body, "void M()"));

    [Theory]
    [InlineData("using var region = Autocast.Enter(CPU, Dtype.BFloat16);")]
    [InlineData("using (Autocast.Enter(CPU, Dtype.BFloat16)) { }")]
    [InlineData("using (var region = Autocast.Enter(CPU, Dtype.BFloat16)) { }")]
    [InlineData("var region = Autocast.Enter(CPU, Dtype.BFloat16); try { } finally { region.Dispose(); }")]
    [InlineData("var region = Autocast.Enter(CPU, Dtype.BFloat16); using (region) { }")]
    [InlineData("using var region = true ? Autocast.Enter(CPU, Dtype.BFloat16) : default;")]
    [InlineData("using var region = Enter(); static AutocastRegion Enter() => Autocast.Enter(CPU, Dtype.BFloat16);")]
    [InlineData("Autocast.IsEnabled(CPU);")]
    public Task A_region_that_somebody_may_dispose_is_not_reported(string body) => Rule.Verify(InMethod(body, "void M()"));

    [Theory]
    [InlineData("PRC3001", "using var region = Autocast.Enter(CPU, Dtype.BFloat16); x = await Load(); return x;")]
    [InlineData("PRC3003", "Autocast.Enter(CPU, Dtype.BFloat16); return x;")]
    [InlineData("PRC3004", "return new Annotated().call(x.half());")]
    [InlineData("PRC3006", "Func<Tensor, long, Tensor> f = functional.softmin; return f(x, 1);")]
    public async Task In_generated_code_nothing_is_reported(string id, string body)
    {
        var source = TestReferences.Usings + Annotated + InMethod(body);
        await Rule.Verify("", test => test.TestState.Sources.Add(("Some.g.cs", source)));
        Assert.Contains((await RuleCompilation.Create(source)).Diagnostics, diagnostic => diagnostic.Id == id);
    }

    [Fact]
    public Task Without_the_library_nothing_is_looked_at()
        => Rule.Verify(
            "",
            test =>
            {
                test.TestState.Sources.Clear();
                test.TestCode = """
                    using TorchSharp;
                    class C { static void M(torch.Tensor x) { System.Threading.Tasks.Task.Run(() => x * 2); } }
                    """;
                test.TestState.AdditionalReferences.Clear();
                test.TestState.AdditionalReferences.AddRange(TestReferences.WithoutPrecision);
            });
}
