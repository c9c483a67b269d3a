using TorchSharp.Modules;
using static TorchSharp.torch.optim;

namespace Precision.Optim;

public partial class FusedSGD
{
    /// <summary>Parameters with options of their own.</summary>
    public sealed class ParamGroup : ParamGroup<Options>, IMomentum, INamedParameters
    {
        private readonly Dictionary<Parameter, string>? names;

        /// <summary>Makes a group; options that are null are the optimizer's.</summary>
        /// <param name="parameters">What to optimize.</param>
        /// <param name="lr">The learning rate.</param>
        /// <param name="momentum">The factor by which the momentum decays.</param>
        /// <param name="dampening">How much less than the whole gradient joins the momentum.</param>
        /// <param name="weight_decay">The factor of the weights that is added to the gradients.</param>
        /// <param name="nesterov">Whether the momentum is Nesterov's.</param>
        /// <param name="maximize">Whether to follow the gradients up.</param>
        public ParamGroup(
            IEnumerable<Parameter> parameters, double? lr = null, double? momentum = null, double? dampening = null,
            double? weight_decay = null, bool? nesterov = null, bool? maximize = null)
            : base(parameters, new Options(lr, momentum, dampening, weight_decay, nesterov, maximize))
            => ArgumentNullException.ThrowIfNull(parameters);

        /// <summary>Makes a group; messages name its parameters.</summary>
        /// <inheritdoc cref="ParamGroup(IEnumerable{Parameter}, double?, double?, double?, double?, bool?, bool?)"/>
        public ParamGroup(
            IEnumerable<(string name, Parameter parameter)> parameters, double? lr = null, double? momentum = null,
            double? dampening = null, double? weight_decay = null, bool? nesterov = null, bool? maximize = null)
            : base([], new Options(lr, momentum, dampening, weight_decay, nesterov, maximize))
            => (Parameters, names) = NamedParameters.Split(parameters);

        /// <summary>The group's momentum.</summary>
        public double Momentum
        {
            get => Options.momentum!.Value;
            set => Options.momentum = value;
        }

        IReadOnlyDictionary<Parameter, string>? INamedParameters.Names => names;
    }
}
