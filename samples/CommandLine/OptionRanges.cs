using System.CommandLine;
using System.Globalization;

namespace Samples.CommandLine;

/// <summary>Ranges of numbers, checked while the command line is read.</summary>
public static class OptionRanges
{
    public static Option<int?> AtLeast(this Option<int?> option, int least)
    {
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } value && value < least)
            {
                result.AddError($"{option.Name} {value} is too small: give at least {least}.");
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
