using Precision.Optim;
using Precision.Runtime.Tests.Infrastructure;
using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace Precision.Runtime.Tests.Training;

/// <summary>Training that was interrupted goes on as if it had not been.</summary>
[Collection(SerialTests.Name)]
public sealed class CheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("precision-checkpoints-").FullName;
    private readonly int threads = get_num_threads();

    public CheckpointTests() => set_num_threads(1);

    private string FilePath => Path.Combine(folder, "checkpoint");

    public static TheoryData<Dtype, Dtype, bool, string> Trainings => new()
    {
        { Dtype.Float32, Dtype.Float32, true, nameof(FusedAdamW) },
        { Dtype.BFloat16, Dtype.Float32, true, nameof(FusedAdamW) },
        { Dtype.BFloat16, Dtype.BFloat16, true, nameof(FusedAdamW) },
        { Dtype.BFloat16, Dtype.BFloat16, false, nameof(FusedSGD) },
        { Dtype.BFloat16, Dtype.BFloat16, true, nameof(AdamW) },
        { Dtype.Float16, Dtype.Float16, true, nameof(SGD) },
    };

    public void Dispose()
    {
        set_num_threads(threads);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public void Resumed_training_is_bit_for_bit_the_uninterrupted_one(Dtype compute, Dtype parameters, bool autocast, string optimizer)
    {
        using var scope = NewDisposeScope();
        manual_seed(Random.Shared.Next());
        using var run = new Run(compute, parameters, autocast, optimizer);
        run.Train(5);
        run.Training.Save(FilePath, run.Schedule, BitConverter.GetBytes(5L));
        run.Train(5);
        var expected = run.State();
        var next = rand(3);

        // A new process would begin with other weights and another random state.
        manual_seed(Random.Shared.Next());
        using var resumed = new Run(compute, parameters, autocast, optimizer);
        var point = resumed.Training.Load(FilePath, resumed.Schedule);
        Assert.Equal((5, 5L), (point.Steps, BitConverter.ToInt64(point.DataPosition.Span)));
        resumed.Train(5);
        var actual = resumed.State();
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, entry => Assert.True(Bits.Equal(entry.Value, actual[entry.Key]), entry.Key));
        Assert.True(Bits.Equal(next, rand(3)));
        Assert.Equal(run.Training.Steps, resumed.Training.Steps);
        Assert.Equal(run.Training.SkippedSteps, resumed.Training.SkippedSteps);
        Assert.Equal(run.Training.Scaler.state_dict(), resumed.Training.Scaler.state_dict());
    }

    [Fact]
    public void Loading_goes_back_within_one_training_too()
    {
        using var scope = NewDisposeScope();
        using var run = new Run(Dtype.BFloat16, Dtype.BFloat16, true, nameof(FusedAdamW));
        run.Train(3);
        run.Training.Save(FilePath, run.Schedule);
        run.Train(4);
        var expected = run.State();
        run.Training.Backward(Corpus.Loss(run.Model, Corpus.Batch()));
        Assert.Empty(run.Training.Load(FilePath, run.Schedule).DataPosition.ToArray());

        // The gradients that waited belong to no step any more.
        Assert.Throws<InvalidOperationException>(() => run.Training.Step());
        run.Train(4);
        Assert.All(run.State(), entry => Assert.True(Bits.Equal(expected[entry.Key], entry.Value), entry.Key));
    }

    [Fact]
    public void Loading_in_inference_mode_is_refused_before_anything_is_changed()
    {
        using var scope = NewDisposeScope();
        using var run = new Run(Dtype.BFloat16, Dtype.BFloat16, true, nameof(FusedSGD));
        run.Training.Save(FilePath, run.Schedule);
        run.Train(1);
        var before = run.State();
        using (inference_mode())
        {
            Assert.Throws<InvalidOperationException>(() => run.Training.Load(FilePath, run.Schedule));
        }

        Assert.All(run.State(), entry => Assert.True(Bits.Equal(before[entry.Key], entry.Value), entry.Key));
        run.Training.Load(FilePath, run.Schedule);
        run.Train(2);
    }

    [Fact]
    public void A_group_that_was_added_is_saved_and_loaded()
    {
        using var scope = NewDisposeScope();
        using var training = New(out var model);
        model.head.requires_grad_(true);
        training.Optimizer.add_param_group(new FusedAdam.ParamGroup([model.head]));
        training.Save(FilePath);
        model.head.requires_grad_(false);
        using var other = New(out var otherModel);
        Assert.Contains("groups", Assert.Throws<InvalidDataException>(() => other.Load(FilePath)).Message);
        otherModel.head.requires_grad_(true);
        other.Optimizer.add_param_group(new FusedAdam.ParamGroup([otherModel.head]));
        other.Load(FilePath);
        Assert.True(Bits.Equal(model.head, otherModel.head));

        static MixedPrecisionTraining New(out Frozen model)
        {
            model = new Frozen();
            return MixedPrecisionTraining.Create(model, static named => new FusedAdamW(named));
        }
    }

    public static TheoryData<string> Schedules => [.. ScheduleFactories.Keys];

    private static Dictionary<string, Func<Optimizer, LRScheduler>> ScheduleFactories { get; } = new()
    {
        ["StepLR"] = o => StepLR(o, 3, 0.5),
        ["MultiStepLR"] = o => MultiStepLR(o, [2, 5, 7], 0.5),
        ["ExponentialLR"] = o => ExponentialLR(o, 0.9),
        ["CosineAnnealingLR"] = o => CosineAnnealingLR(o, 7),
        ["LinearLR"] = o => LinearLR(o, total_iters: 8),
        ["ConstantLR"] = o => ConstantLR(o, total_iters: 8),
        ["PolynomialLR"] = o => PolynomialLR(o, total_iters: 9),
        ["LambdaLR"] = o => LambdaLR(o, epoch => 1.0 / (1 + epoch)),
        ["MultiplicativeLR"] = o => MultiplicativeLR(o, epoch => 0.9),
        ["CyclicLR"] = o => CyclicLR(o, 1e-4, 1e-2, step_size_up: 3, cycle_momentum: false),
        ["OneCycleLR"] = o => OneCycleLR(o, 1e-2, total_steps: 20),
        ["SequentialLR"] = o => SequentialLR(o, [LinearLR(o, total_iters: 4), ExponentialLR(o, 0.9)], [4]),
        ["ChainedLR"] = o => ChainedLR([ConstantLR(o, total_iters: 8), ExponentialLR(o, 0.9)]),
        ["ReduceLROnPlateau"] = o => ReduceLROnPlateau(o, patience: 1, factor: 0.5),
    };

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Every_schedule_goes_on(string name)
    {
        using var scope = NewDisposeScope();
        using var model = new Wrapper(Linear(4, 3));
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named, lr: 1e-3));
        var schedule = ScheduleFactories[name](training.Optimizer);
        Rates(training, schedule, 5);
        training.Save(FilePath, schedule);
        var expected = Rates(training, schedule, 8);
        Assert.True(expected.Distinct().Count() > 1, "the schedule changes nothing here");

        using var other = MixedPrecisionTraining.Create(new Wrapper(Linear(4, 3)), named => new FusedAdamW(named, lr: 1e-3));
        var resumed = ScheduleFactories[name](other.Optimizer);
        other.Load(FilePath, resumed);
        Assert.Equal(expected, Rates(other, resumed, 8));

        // Without loading it would begin anew: the test can fail.
        using var third = MixedPrecisionTraining.Create(new Wrapper(Linear(4, 3)), named => new FusedAdamW(named, lr: 1e-3));
        Assert.NotEqual(expected, Rates(third, ScheduleFactories[name](third.Optimizer), 8));

        static List<(double Rate, (double, double) Betas)> Rates(MixedPrecisionTraining training, LRScheduler schedule, int steps)
        {
            var group = (FusedAdam.ParamGroup)training.Optimizer.ParamGroups.Single();
            var rates = new List<(double, (double, double))>();
            for (var i = 0; i < steps; i++)
            {
                if (schedule.GetType().Name == "ReduceLROnPlateau")
                {
                    schedule.step(1.0);
                }
                else
                {
                    schedule.step();
                }

                rates.Add((group.LearningRate, group.Betas));
            }

            return rates;
        }
    }

    [Fact]
    public void Checkpoints_of_another_training_are_refused_by_name()
    {
        using var scope = NewDisposeScope();
        using var run = new Run(Dtype.BFloat16, Dtype.BFloat16, true, nameof(FusedAdamW));
        run.Train(1);
        run.Training.Save(FilePath, run.Schedule);
        Refuses(new Run(Dtype.BFloat16, Dtype.Float32, true, nameof(FusedAdamW)), "Float32");
        Refuses(new Run(Dtype.BFloat16, Dtype.BFloat16, false, nameof(FusedAdamW)), "norm.weight");
        Refuses(new Run(Dtype.BFloat16, Dtype.BFloat16, true, nameof(FusedSGD)), "FusedSGD");
        Refuses(new Run(Dtype.BFloat16, Dtype.BFloat16, true, nameof(FusedAdamW), withSchedule: false), "schedule");
        using var other = new Wrapper(Linear(4, 3));
        using var training = MixedPrecisionTraining.Create(other, named => new FusedAdamW(named));
        Assert.Contains("tokens.weight", Assert.Throws<InvalidDataException>(() => training.Load(FilePath)).Message);

        void Refuses(Run other, string cause)
        {
            using (other)
            {
                var before = other.State();
                var error = Assert.Throws<InvalidDataException>(() => other.Training.Load(FilePath, other.Schedule));
                Assert.Contains(cause, error.Message);
                Assert.All(other.State(), entry => Assert.True(Bits.Equal(before[entry.Key], entry.Value), entry.Key));
            }
        }
    }

    /// <summary>A model in training, with dropout and a schedule.</summary>
    internal sealed class Run : IDisposable
    {
        private readonly Device device;

        public Run(
            Dtype compute, Dtype parameters, bool autocast, string optimizer, bool withSchedule = true, Device? device = null)
        {
            this.device = device ?? CPU;
            Model = new TinyLanguageModel { PrecisionPolicy = new PrecisionPolicy(compute, parameters, Autocast: autocast) };
            Model.to(this.device);
            Training = MixedPrecisionTraining.Create(
                Model,
                named => optimizer switch
                {
                    nameof(FusedAdamW) => new FusedAdamW(named, lr: 1e-2),
                    nameof(FusedSGD) => new FusedSGD(named, lr: 1e-2, momentum: 0.9),
                    nameof(AdamW) => torch.optim.AdamW(named.Select(n => n.parameter), lr: 1e-2, weight_decay: 0.1),
                    _ => torch.optim.SGD(named.Select(n => n.parameter), 1e-2, momentum: 0.9),
                });
            Schedule = withSchedule ? CosineAnnealingLR(Training.Optimizer, 10) : null;
        }

        public TinyLanguageModel Model { get; }

        public MixedPrecisionTraining Training { get; }

        public LRScheduler? Schedule { get; }

        public void Train(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                using var scope = NewDisposeScope();
                using Scalar microBatches = 2;
                for (var micro = 0; micro < 2; micro++)
                {
                    Training.Backward(Corpus.Loss(Model, Corpus.Batch().to(device)).div(microBatches));
                }

                if (Training.Step(maxGradNorm: 1).Applied)
                {
                    Schedule?.step();
                }
            }
        }

        public Dictionary<string, Tensor> State()
            => Model.state_dict().Select(entry => (Name: "model " + entry.Key, entry.Value))
                .Concat(Training.MasterWeights.state_dict().Select(entry => (Name: "master " + entry.Key, entry.Value)))
                .ToDictionary(entry => entry.Name, entry => entry.Value.detach().clone());

        public void Dispose()
        {
            Training.Dispose();
            Model.Dispose();
        }
    }
}

/// <summary>A frozen float32 head.</summary>
public sealed class Frozen : Module<Tensor, Tensor>
{
    private readonly Linear body = Linear(3, 3);

    public readonly Parameter head = new(rand(3), requires_grad: false);

    public Frozen()
        : base(nameof(Frozen))
        => RegisterComponents();

    public override Tensor forward(Tensor x) => body.call(x).mul(head);
}
