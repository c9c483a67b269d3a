using System.Collections.Immutable;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using TorchSharp;

namespace Precision.Analyzer.Tests.Infrastructure;

/// <summary>What test sources are compiled against. Read once: a set of references costs more than a test.</summary>
internal static class TestReferences
{
    /// <summary>Nothing that would be downloaded.</summary>
    public static readonly ReferenceAssemblies None = new("net10.0");

    public static readonly ImmutableArray<MetadataReference> WithoutPrecision =
    [
        .. Net100.References.All,
        MetadataReference.CreateFromFile(typeof(torch).Assembly.Location),
    ];

    public static readonly ImmutableArray<MetadataReference> All =
    [
        .. WithoutPrecision,
        MetadataReference.CreateFromFile(typeof(IMixedPrecisionModule).Assembly.Location),
    ];

    /// <summary>What every test source may use without saying so.</summary>
    public const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using System.Threading.Tasks;
        using Precision;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        """;
}
