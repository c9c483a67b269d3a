using TorchSharp.Modules;

namespace Precision.Optim;

public partial class FusedSGD
{
    /// <summary>The options of a parameter group; null = the optimizer's.</summary>
    public sealed class Options : OptimizerOptions
    {
        internal Options(double? lr, double? momentum, double? dampening, double? weight_decay, bool? nesterov, bool? maximize)
        {
            LearningRate = lr;
            InitialLearningRate = lr ?? 0;
            this.momentum = momentum;
            this.dampening = dampening;
            this.weight_decay = weight_decay;
            this.nesterov = nesterov;
            this.maximize = maximize;
        }

        /// <summary>The factor by which the momentum decays.</summary>
        public double? momentum { get; set; }

        /// <summary>How much less than the whole gradient joins the momentum.</summary>
        public double? dampening { get; set; }

        /// <summary>The factor of the weights that is added to the gradients.</summary>
        public double? weight_decay { get; set; }

        /// <summary>Whether the momentum is Nesterov's.</summary>
        public bool? nesterov { get; set; }

        /// <summary>Whether to follow the gradients up.</summary>
        public bool? maximize { get; set; }

        /// <inheritdoc/>
        public override void SaveStateDict(BinaryWriter writer)
        {
            base.SaveStateDict(writer);
            writer.Write(momentum!.Value);
            writer.Write(dampening!.Value);
            writer.Write(weight_decay!.Value);
            writer.Write(nesterov!.Value);
            writer.Write(maximize!.Value);
        }

        /// <inheritdoc/>
        public override void LoadStateDict(BinaryReader reader)
        {
            base.LoadStateDict(reader);
            momentum = reader.ReadDouble();
            dampening = reader.ReadDouble();
            weight_decay = reader.ReadDouble();
            nesterov = reader.ReadBoolean();
            maximize = reader.ReadBoolean();
        }

        /// <inheritdoc/>
        /// <exception cref="ArgumentException">Options of another optimizer.</exception>
        public override void LoadStateDict(OptimizerOptions source)
        {
            if (source is not Options other)
            {
                throw new ArgumentException($"{source?.GetType().FullName ?? "null"} has not the options of SGD.", nameof(source));
            }

            base.LoadStateDict(source);
            momentum = other.momentum;
            dampening = other.dampening;
            weight_decay = other.weight_decay;
            nesterov = other.nesterov;
            maximize = other.maximize;
        }

        internal void FillFrom(Options defaults)
        {
            LearningRate ??= defaults.LearningRate;
            momentum ??= defaults.momentum;
            dampening ??= defaults.dampening;
            weight_decay ??= defaults.weight_decay;
            nesterov ??= defaults.nesterov;
            maximize ??= defaults.maximize;
        }
    }
}
