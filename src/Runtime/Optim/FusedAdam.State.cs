using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Optim;

public partial class FusedAdam
{
    /// <summary>The state of one parameter.</summary>
    public sealed class State : OptimizerState, IDisposable
    {
        internal State(Parameter parameter, Tensor step)
            : base(parameter)
        {
            this.step = step;
            exp_avg = zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
            exp_avg_sq = Lifetime.After(zeros_like(parameter, requires_grad: false), parameter).DetachFromDisposeScope();
        }

        /// <summary>How many steps the parameter has taken: one Float32 number on its device.</summary>
        public Tensor step { get; }

        /// <summary>The mean of the gradients; shape, dtype and device of the parameter.</summary>
        public Tensor exp_avg { get; }

        /// <summary>The mean of their squares; shape, dtype and device of the parameter.</summary>
        public Tensor exp_avg_sq { get; }

        /// <summary>The largest mean of squares so far; null before the first step with AMSGrad.</summary>
        public Tensor? max_exp_avg_sq { get; private set; }

        /// <inheritdoc/>
        public override void Initialize(OptimizerOptions options)
        {
            step.zero_();
            exp_avg.zero_();
            exp_avg_sq.zero_();
            DropMax();
        }

        /// <inheritdoc/>
        /// <exception cref="InvalidOperationException">Another device than the parameter's, beside which a state must stay.</exception>
        public override void to(Device device) => StateTensors.CheckStays(_parameter, device);

        /// <inheritdoc/>
        public override void SaveStateDict(BinaryWriter writer)
        {
            writer.Write((long)step.item<float>());
            StateTensors.Save(writer, exp_avg);
            StateTensors.Save(writer, exp_avg_sq);
            writer.Write(max_exp_avg_sq is not null);
            if (max_exp_avg_sq is not null)
            {
                StateTensors.Save(writer, max_exp_avg_sq);
            }
        }

        /// <inheritdoc/>
        /// <exception cref="InvalidDataException">The stream holds tensors of other shapes.</exception>
        public override void LoadStateDict(BinaryReader reader)
        {
            using (Scalar count = reader.ReadInt64())
            {
                step.fill_(count);
            }

            StateTensors.Load(reader, exp_avg, nameof(exp_avg));
            StateTensors.Load(reader, exp_avg_sq, nameof(exp_avg_sq));
            if (reader.ReadBoolean())
            {
                StateTensors.Load(reader, RequireMax(), nameof(max_exp_avg_sq));
            }
            else
            {
                DropMax();
            }
        }

        /// <inheritdoc/>
        /// <exception cref="ArgumentException">Another optimizer's state, or other shapes.</exception>
        public override void LoadStateDict(OptimizerState source)
        {
            CheckLoad(source, "state");
            var other = (State)source;
            step.copy_(other.step);
            exp_avg.copy_(other.exp_avg);
            exp_avg_sq.copy_(other.exp_avg_sq);
            if (other.max_exp_avg_sq is not null)
            {
                var own = RequireMax();
                own.copy_(other.max_exp_avg_sq);
                GC.KeepAlive(own);
                GC.KeepAlive(other);
            }
            else
            {
                DropMax();
            }
        }

        /// <inheritdoc/>
        public override bool ApproximatelyEquals(OptimizerState other)
            => other is State state
                && step.item<float>() == state.step.item<float>()
                && exp_avg.allclose(state.exp_avg)
                && exp_avg_sq.allclose(state.exp_avg_sq)
                && (max_exp_avg_sq is null
                    ? state.max_exp_avg_sq is null
                    : state.max_exp_avg_sq is not null && max_exp_avg_sq.allclose(state.max_exp_avg_sq));

        /// <summary>Frees the tensors.</summary>
        public void Dispose()
        {
            step.Dispose();
            exp_avg.Dispose();
            exp_avg_sq.Dispose();
            DropMax();
        }

        internal Tensor RequireMax()
            => max_exp_avg_sq ??= zeros_like(_parameter, requires_grad: false).DetachFromDisposeScope();

        internal void CheckLoad(OptimizerState source, string name)
        {
            if (source is not State other)
            {
                throw new ArgumentException($"The {name} to load is a {source?.GetType().FullName ?? "null"}, not one of Adam.", nameof(source));
            }

            StateTensors.CheckLoad(exp_avg, other.exp_avg, name);
        }

        private void DropMax()
        {
            max_exp_avg_sq?.Dispose();
            max_exp_avg_sq = null;
        }
    }
}
