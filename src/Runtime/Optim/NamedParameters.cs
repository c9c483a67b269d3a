using TorchSharp.Modules;

namespace Precision.Optim;

/// <summary>Takes (name, parameter) pairs apart.</summary>
internal static class NamedParameters
{
    public static (IReadOnlyList<Parameter> Parameters, Dictionary<Parameter, string> Names) Split(
        IEnumerable<(string name, Parameter parameter)> named)
    {
        ArgumentNullException.ThrowIfNull(named);
        var parameters = new List<Parameter>();
        var names = new Dictionary<Parameter, string>(ReferenceEqualityComparer.Instance);
        foreach (var (name, parameter) in named)
        {
            parameters.Add(parameter);
            if (parameter is not null)
            {
                names.TryAdd(parameter, name);
            }
        }

        return (parameters, names);
    }
}
