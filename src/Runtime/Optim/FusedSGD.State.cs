using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Optim;

public partial class FusedSGD
{
    /// <summary>The state of one parameter.</summary>
    public sealed class State : OptimizerState, IDisposable
    {
        internal State(Parameter parameter)
            : base(parameter)
        {
        }

        /// <summary>The momentum; shape, dtype and device of the parameter; null before the first step with momentum.</summary>
        public Tensor? momentum_buffer { get; private set; }

        /// <inheritdoc/>
        public override void Initialize(OptimizerOptions options) => Dispose();

        /// <inheritdoc/>
        /// <exception cref="InvalidOperationException">Another device than the parameter's, beside which a state must stay.</exception>
        public override void to(Device device) => StateTensors.CheckStays(_parameter, device);

        /// <inheritdoc/>
        public override void SaveStateDict(BinaryWriter writer)
        {
            writer.Write(momentum_buffer is not null);
            if (momentum_buffer is not null)
            {
                StateTensors.Save(writer, momentum_buffer);
            }
        }

        /// <inheritdoc/>
        /// <exception cref="InvalidDataException">The stream holds a tensor of another shape.</exception>
        public override void LoadStateDict(BinaryReader reader)
        {
            if (reader.ReadBoolean())
            {
                StateTensors.Load(reader, RequireBuffer(), nameof(momentum_buffer));
            }
            else
            {
                Dispose();
            }
        }

        /// <inheritdoc/>
        /// <exception cref="ArgumentException">Another optimizer's state, or another shape.</exception>
        public override void LoadStateDict(OptimizerState source)
        {
            CheckLoad(source, "state");
            if (((State)source).momentum_buffer is { } buffer)
            {
                var own = RequireBuffer();
                own.copy_(buffer);
                GC.KeepAlive(own);
                GC.KeepAlive(buffer);
            }
            else
            {
                Dispose();
            }
        }

        /// <inheritdoc/>
        public override bool ApproximatelyEquals(OptimizerState other)
            => other is State state
                && (momentum_buffer is null
                    ? state.momentum_buffer is null
                    : state.momentum_buffer is not null && momentum_buffer.allclose(state.momentum_buffer));

        /// <summary>Frees the momentum.</summary>
        public void Dispose()
        {
            momentum_buffer?.Dispose();
            momentum_buffer = null;
        }

        internal Tensor RequireBuffer()
            => momentum_buffer ??= zeros_like(_parameter, requires_grad: false).DetachFromDisposeScope();

        internal void CheckLoad(OptimizerState source, string name)
        {
            if (source is not State other)
            {
                throw new ArgumentException($"The {name} to load is a {source?.GetType().FullName ?? "null"}, not one of SGD.", nameof(source));
            }

            if (other.momentum_buffer is not null)
            {
                StateTensors.CheckLoad(_parameter, other.momentum_buffer, name);
            }
        }
    }
}
