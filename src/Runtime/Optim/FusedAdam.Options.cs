using TorchSharp.Modules;

namespace Precision.Optim;

public partial class FusedAdam
{
    /// <summary>The options of a parameter group; null = the optimizer's.</summary>
    public sealed class Options : OptimizerOptions
    {
        internal Options(
            double? lr, double? beta1, double? beta2, double? eps, double? weight_decay, bool? amsgrad, bool? maximize)
        {
            LearningRate = lr;
            InitialLearningRate = lr ?? 0;
            this.beta1 = beta1;
            this.beta2 = beta2;
            this.eps = eps;
            this.weight_decay = weight_decay;
            this.amsgrad = amsgrad;
            this.maximize = maximize;
        }

        /// <summary>The decay of the mean of the gradients.</summary>
        public double? beta1 { get; set; }

        /// <summary>The decay of the mean of their squares.</summary>
        public double? beta2 { get; set; }

        /// <summary>Added to the denominator.</summary>
        public double? eps { get; set; }

        /// <summary>The weight decay.</summary>
        public double? weight_decay { get; set; }

        /// <summary>Whether the denominator uses the largest mean of squares so far.</summary>
        public bool? amsgrad { get; set; }

        /// <summary>Whether to follow the gradients up.</summary>
        public bool? maximize { get; set; }

        /// <inheritdoc/>
        public override void SaveStateDict(BinaryWriter writer)
        {
            base.SaveStateDict(writer);
            writer.Write(beta1!.Value);
            writer.Write(beta2!.Value);
            writer.Write(eps!.Value);
            writer.Write(weight_decay!.Value);
            writer.Write(amsgrad!.Value);
            writer.Write(maximize!.Value);
        }

        /// <inheritdoc/>
        public override void LoadStateDict(BinaryReader reader)
        {
            base.LoadStateDict(reader);
            beta1 = reader.ReadDouble();
            beta2 = reader.ReadDouble();
            eps = reader.ReadDouble();
            weight_decay = reader.ReadDouble();
            amsgrad = reader.ReadBoolean();
            maximize = reader.ReadBoolean();
        }

        /// <inheritdoc/>
        /// <exception cref="ArgumentException">Options of another optimizer.</exception>
        public override void LoadStateDict(OptimizerOptions source)
        {
            if (source is not Options other)
            {
                throw new ArgumentException($"{source?.GetType().FullName ?? "null"} has not the options of Adam.", nameof(source));
            }

            base.LoadStateDict(source);
            beta1 = other.beta1;
            beta2 = other.beta2;
            eps = other.eps;
            weight_decay = other.weight_decay;
            amsgrad = other.amsgrad;
            maximize = other.maximize;
        }

        internal void FillFrom(Options defaults)
        {
            LearningRate ??= defaults.LearningRate;
            beta1 ??= defaults.beta1;
            beta2 ??= defaults.beta2;
            eps ??= defaults.eps;
            weight_decay ??= defaults.weight_decay;
            amsgrad ??= defaults.amsgrad;
            maximize ??= defaults.maximize;
        }
    }
}
