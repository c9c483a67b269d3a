using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Samples.CommandLine;

/// <summary>Ranges of numbers, checked while the command line is read.</summary>
public static class OptionRanges
{
    public static Option<T?> AtLeast<T>(this Option<T?> option, T least)
        where T : struct, INumber<T>
    {
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T?>() is { } value && !(value >= least))
            {
                result.AddError(string.Create(
                    CultureInfo.InvariantCulture, $"{option.Name} {value} is too small: give at least {least}."));
            }
        });
        return option;
    }

    public static Option<double> Between(this Option<double> option, double least, double most)
    {
        option.Validators.Add(result =>
        {
            var value = result.GetValueOrDefault<double>();
            if (!(value >= least && value <= most))
            {
                result.AddError(string.Create(
                    CultureInfo.InvariantCulture, $"{option.Name} {value} is out of range: give {least} to {most}."));
            }
        });
        return option;
    }
}
