using TorchSharp.Modules;
using static TorchSharp.torch.optim;

namespace Precision.Optim;

public partial class FusedAdam
{
    /// <summary>Parameters with options of their own.</summary>
    public sealed class ParamGroup : ParamGroup<Options>, IBetas, INamedParameters
    {
        private readonly Dictionary<Parameter, string>? names;

        /// <summary>Makes a group; options that are null are the optimizer's.</summary>
        /// <param name="parameters">What to optimize.</param>
        /// <param name="lr">The learning rate.</param>
        /// <param name="beta1">The decay of the mean of the gradients.</param>
        /// <param name="beta2">The decay of the mean of their squares.</param>
        /// <param name="eps">Added to the denominator.</param>
        /// <param name="weight_decay">The weight decay.</param>
        /// <param name="amsgrad">Whether the denominator uses the largest mean of squares so far.</param>
        /// <param name="maximize">Whether to follow the gradients up.</param>
        public ParamGroup(
            IEnumerable<Parameter> parameters, double? lr = null, double? beta1 = null, double? beta2 = null, double? eps = null,
            double? weight_decay = null, bool? amsgrad = null, bool? maximize = null)
            : base(parameters, new Options(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize))
            => ArgumentNullException.ThrowIfNull(parameters);

        /// <summary>Makes a group; messages name its parameters.</summary>
        /// <inheritdoc cref="ParamGroup(IEnumerable{Parameter}, double?, double?, double?, double?, double?, bool?, bool?)"/>
        public ParamGroup(
            IEnumerable<(string name, Parameter parameter)> parameters, double? lr = null, double? beta1 = null,
            double? beta2 = null, double? eps = null, double? weight_decay = null, bool? amsgrad = null, bool? maximize = null)
            : base([], new Options(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize))
            => (Parameters, names) = NamedParameters.Split(parameters);

        /// <summary>The group's betas.</summary>
        public (double, double) Betas
        {
            get => (Options.beta1!.Value, Options.beta2!.Value);
            set => (Options.beta1, Options.beta2) = value;
        }

        IReadOnlyDictionary<Parameter, string>? INamedParameters.Names => names;
    }
}
