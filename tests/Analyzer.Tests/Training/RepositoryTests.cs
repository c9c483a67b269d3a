using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Documentation;
using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Training;

/// <summary>The loops of this repository, which train as its documentation says.</summary>
public class RepositoryTests
{
    [Theory]
    [InlineData("samples")]
    [InlineData("benchmarks/Training")]
    [InlineData("benchmarks/Runtime")]
    public async Task Its_own_loops_are_silent(string folder)
    {
        var sources = Directory.EnumerateFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .ToList();
        Assert.NotEmpty(sources);
        var compilation = await RuleCompilation.Create([ImplicitUsings, .. sources]);
        Assert.Empty(compilation.Diagnostics
            .Where(static diagnostic => diagnostic.Id.StartsWith("PRC2", StringComparison.Ordinal) || diagnostic.Id == "PRC3002")
            .Select(static diagnostic => diagnostic.ToString()));
    }

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;
}
