using Microsoft.Extensions.Configuration;

namespace Precision;

public sealed partial record PrecisionOptions
{
    /// <summary>The keys that are read. All others are counted and told.</summary>
    private static class Keys
    {
        public const string MixedPrecision = "environment:mixed_precision";
        public const string MixedPrecisionDtype = "environment:mixed_precision_dtype";
        public const string BackboneDtype = "architecture:backbone_dtype";
        public const string Gpus = "environment:gpus";
        public const string UseDeepSpeed = "environment:use_deepspeed";
        public const string DeepSpeedMethod = "environment:deepspeed_method";
        public const string GradientClip = "training:gradient_clip";
        public const string GradAccumulation = "training:grad_accumulation";

        public static readonly string[] All =
        [
            MixedPrecision, MixedPrecisionDtype, BackboneDtype, Gpus, UseDeepSpeed, DeepSpeedMethod, GradientClip, GradAccumulation,
        ];

        public static string Dotted(string key) => key.Replace(':', '.');
    }

    private sealed class Reader(IConfiguration configuration)
    {
        private static readonly (string, Dtype)[] ComputeDtypes =
            [("bfloat16", Dtype.BFloat16), ("float16", Dtype.Float16), ("auto", Dtype.Auto)];

        // The last two quantize frozen weights there, which is no way to store what is trained.
        private static readonly (string, Dtype)[] ParameterDtypes =
        [
            ("float32", Dtype.Float32), ("bfloat16", Dtype.BFloat16), ("float16", Dtype.Float16), ("auto", Dtype.Auto),
            ("int8", Dtype.Unspecified), ("int4", Dtype.Unspecified),
        ];

        // What they divide beside the optimizer's states, which is not divided here.
        private static readonly (string, string)[] DeepSpeedMethods =
            [("ZeRO2", "gradients are not"), ("ZeRO3", "gradients and parameters are not")];

        private readonly List<string> ignored = [];

        public PrecisionOptions Read()
        {
            var isMixed = Value(Keys.MixedPrecision).AsBoolean();
            var options = new PrecisionOptions
            {
                MixedPrecision = isMixed,
                MixedPrecisionDtype = MixedDtype(isMixed),
                BackboneDtype = Backbone(isMixed),
                Gpus = GpuCount(),
                ShardOptimizer = Sharding(),
                GradientClip = Value(Keys.GradientClip).AsNumber(least: 0),
                GradAccumulation = Value(Keys.GradAccumulation).AsCount(least: 1),
            };
            TellOtherKeys();
            return ignored.Count == 0 ? options : options with { Ignored = "Does not apply here: " + string.Join("; ", ignored) + "." };
        }

        private ConfigurationValue Value(string key) => new(configuration, key);

        private Dtype MixedDtype(bool? isMixed)
        {
            var value = Value(Keys.MixedPrecisionDtype).AsOneOf(
                ComputeDtypes, $" To compute in float32, set {Keys.Dotted(Keys.MixedPrecision)} to false.");
            if (value is { } given && isMixed is false)
            {
                ignored.Add($"{Keys.Dotted(Keys.MixedPrecisionDtype)} {given.Value}, because mixed precision is off");
                return Dtype.Unspecified;
            }

            return value?.Meaning ?? Dtype.Unspecified;
        }

        private Dtype Backbone(bool? isMixed)
        {
            if (Value(Keys.BackboneDtype).AsOneOf(ParameterDtypes) is not { } given)
            {
                return Dtype.Unspecified;
            }

            if (given.Meaning is Dtype.Unspecified)
            {
                ignored.Add($"{Keys.Dotted(Keys.BackboneDtype)} {given.Value}, which is for frozen weights");
            }
            else if (given.Meaning is Dtype.Auto && isMixed is false)
            {
                ignored.Add($"{Keys.Dotted(Keys.BackboneDtype)} {given.Value}, because mixed precision is off");
                return Dtype.Unspecified;
            }

            return given.Meaning;
        }

        private int? GpuCount()
        {
            if (Value(Keys.Gpus).AsNumbersFrom0() is not { } numbers)
            {
                return null;
            }

            if (!numbers.Order().SequenceEqual(Enumerable.Range(0, numbers.Count)))
            {
                ignored.Add($"the numbers {string.Join(", ", numbers)} of {Keys.Dotted(Keys.Gpus)}, which CUDA_VISIBLE_DEVICES chooses");
            }

            return numbers.Count;
        }

        private bool? Sharding()
        {
            var isDeepSpeed = Value(Keys.UseDeepSpeed).AsBoolean();
            if (Value(Keys.DeepSpeedMethod).AsOneOf(DeepSpeedMethods) is { } method)
            {
                var meaning = isDeepSpeed is true ? $"in full: optimizer states are divided, {method.Meaning}" : "because DeepSpeed is off";
                ignored.Add($"{Keys.Dotted(Keys.DeepSpeedMethod)} {method.Value}, {meaning}");
            }

            return isDeepSpeed;
        }

        /// <summary>One part for all keys that say nothing about precision: a file can have a hundred.</summary>
        private void TellOtherKeys()
        {
            var others = configuration.AsEnumerable(makePathsRelative: true)
                .Where(static entry => entry.Value is not null)
                .Select(static entry => OfList(entry.Key))
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Except(Keys.All, StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.Ordinal)
                .ToList();
            switch (others)
            {
                case []:
                    return;
                case { Count: <= 3 }:
                    ignored.Add(string.Join(", ", others.Select(Keys.Dotted)));
                    return;
                default:
                    var sections = others.Select(static key => key.Split(':')[0]).Distinct(StringComparer.OrdinalIgnoreCase);
                    ignored.Add($"{others.Count} keys that say nothing about precision (in {string.Join(", ", sections)})");
                    return;
            }
        }

        /// <summary>The key of a list for the key of one of its entries, which ends in a number.</summary>
        private static string OfList(string key)
            => key.LastIndexOf(':') is var colon and >= 0 && int.TryParse(key.AsSpan(colon + 1), out _) ? key[..colon] : key;
    }
}
