using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Operations.Tests;

/// <summary>Every member of TorchSharp that writes into a tensor that it is given converts to its dtype and is listed, or throws.</summary>
public sealed class OutArgumentTests
{
    /// <summary>Made for another purpose: a permutation is written, and systems of equations have no 16-bit.</summary>
    private static readonly string[] Others = ["randperm", "lu_solve", "solve_triangular"];

    public static TheoryData<string> Members => [.. Methods().Select(static method => method.Name).Distinct().Except(Others).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Members))]
    public void A_member_converts_or_throws(string name)
    {
        var method = Methods().First(method => method.Name == name && method.GetParameters().All(static parameter => !parameter.ParameterType.IsByRefLike));
        using var scope = NewDisposeScope();
        var result = ones(4, 4, dtype: float16);
        var arguments = method.GetParameters().Select(parameter => parameter switch
        {
            { Name: OutArgument.Parameter } => result,
            { ParameterType: var type } when type == typeof(Tensor) => ones(4, 4),
            { ParameterType: var type } when type == typeof(long[]) => new long[] { 0 },
            _ => parameter.DefaultValue,
        }).ToArray();
        var failure = Record.Exception(() => method.Invoke(method.IsStatic ? null : ones(4, 4), arguments));
        Assert.Equal(OutArgument.Members.Contains(name), failure is null);
        Assert.Equal(float16, result.dtype);
    }

    [Fact]
    public void The_list_names_no_others()
        => Assert.Subset(Methods().Select(static method => method.Name).ToHashSet(), OutArgument.Members.ToHashSet());

    private static IEnumerable<MethodInfo> Methods()
        => typeof(torch).Assembly.GetExportedTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(static method => method.GetParameters().Any(static parameter => parameter.Name == OutArgument.Parameter && parameter.ParameterType == typeof(Tensor)));
}
