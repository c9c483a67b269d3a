using System.Reflection;
using Precision.Runtime.Tests.Infrastructure;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Hazards;

/// <summary>No tensor of the library's is freed while a native call uses it, whatever other threads do.</summary>
[Collection(SerialTests.Name)]
public class LifetimeTests
{
    /// <summary>What reaches tensors and is no path of its own: hooks of optimizers' state that TorchSharp's own loading calls.</summary>
    private static readonly string[] Inner =
        ["State.LoadStateDict", "State.ApproximatelyEquals", "State.Initialize", "FusedOptimizer.add_param_group"];

    public static TheoryData<string> Paths => [.. PublicPaths.All.Keys];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Collections_on_other_threads_do_no_harm(string path)
    {
        using var process = ChildProcess.Start(nameof(CollectingProgram), path, optimized: true);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{process.ExitCode}: {await output}{await error}");
    }

    [Fact]
    public void Every_public_method_that_tensors_go_through_is_on_a_path()
    {
        var methods = typeof(MixedPrecisionTraining).Assembly.GetExportedTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(static method => !method.IsSpecialName && method.GetParameters().Select(static parameter => parameter.ParameterType)
                .Append(method.ReturnType).Concat(method.GetGenericArguments()).Any(HoldsTensors))
            .Select(static method => $"{method.DeclaringType!.Name}.{method.Name}")
            .Distinct();
        Assert.Empty(methods.Except(PublicPaths.All.Values.SelectMany(static path => path.Methods)).Except(Inner));
    }

    [Fact]
    public void Every_method_of_a_path_is_the_librarys()
        => Assert.All(PublicPaths.All.Values.SelectMany(static path => path.Methods), static name => Assert.Contains(
            typeof(MixedPrecisionTraining).Assembly.GetExportedTypes(),
            type => type.Name == name.Split('.')[0] && type.GetMethods().Any(method => method.Name == name.Split('.')[1])));

    private static bool HoldsTensors(Type type)
        => type.IsGenericMethodParameter || typeof(Tensor).IsAssignableFrom(type) || typeof(nn.Module).IsAssignableFrom(type)
            || typeof(optim.Optimizer).IsAssignableFrom(type) || typeof(OptimizerState).IsAssignableFrom(type)
            || (type.HasElementType && HoldsTensors(type.GetElementType()!)) || (type.IsGenericType && type.GetGenericArguments().Any(HoldsTensors));
}
