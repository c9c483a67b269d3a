namespace Precision.Analyzer.Tests.Training;

/// <summary>Sources around the loops that are tested.</summary>
internal static class TrainingCode
{
    /// <summary>A class of each kind of model.</summary>
    public const string Models = """
        using Precision.Optim;

        [MixedPrecision(Dtype.Float16)]
        partial class Half : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(8, 8);
            public Half() : base(nameof(Half)) => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => layer.call(x);
        }

        [MixedPrecision(Dtype.BFloat16)]
        partial class Brain : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(8, 8);
            public Brain() : base(nameof(Brain)) => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => layer.call(x);
        }

        [MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
        partial class Stored : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(8, 8);
            public Stored() : base(nameof(Stored)) => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => layer.call(x);
        }

        class Plain : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(8, 8);
            public Plain() : base(nameof(Plain)) => RegisterComponents();
            public override Tensor forward(Tensor x) => layer.call(x);
        }

        class Holder : Module<Tensor, Tensor>
        {
            private readonly Half inner = new();
            public Holder() : base(nameof(Holder)) => RegisterComponents();
            public override Tensor forward(Tensor x) => inner.call(x);
        }

        """;

    /// <summary>Statements in a method that has one of everything.</summary>
    public static string InMethod(string body, string members = "") => $$"""
        {{Models}}
        class C
        {
            void M(
                Half model, Plain plain, optim.Optimizer optimizer, optim.Optimizer other, GradScaler scaler, MixedPrecisionTraining training,
                optim.lr_scheduler.LRScheduler scheduler, List<(Tensor x, Tensor y)> batches, Device device, int n, bool flag)
            {
                {{body}}
            }

            static Tensor Loss(Tensor output, Tensor y) => functional.mse_loss(output, y);

            {{members}}
        }
        """;

    /// <summary>Statements in a loop over batches.</summary>
    public static string InLoop(string body, string members = "") => InMethod(
        $$"""
        var i = 0;
        foreach (var (x, y) in batches)
        {
            {{body}}
            i++;
        }
        """,
        members);
}
