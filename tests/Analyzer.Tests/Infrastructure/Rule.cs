using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;

namespace Precision.Analyzer.Tests.Infrastructure;

/// <summary>Short forms of the tests that every rule has.</summary>
internal static class Rule<TAnalyzer>
    where TAnalyzer : DiagnosticAnalyzer, new()
{
    /// <summary>The diagnostics are those that the source marks, and no others.</summary>
    public static Task Verify(string source) => Verify(source, static _ => { });

    /// <inheritdoc cref="Verify(string)"/>
    public static Task Verify(string source, Action<RuleTest<TAnalyzer, EmptyCodeFixProvider>> configure)
    {
        var test = new RuleTest<TAnalyzer, EmptyCodeFixProvider> { TestCode = TestReferences.Usings + source };
        configure(test);
        return test.RunAsync();
    }

    /// <summary>The fix, one by one and all at once, makes the second source of the first. Equal sources: no fix is offered.</summary>
    public static Task VerifyFix<TFix>(string source, string fixedSource)
        where TFix : CodeFixProvider, new()
        => VerifyFix<TFix>(source, fixedSource, static _ => { });

    /// <inheritdoc cref="VerifyFix{TFix}(string, string)"/>
    public static Task VerifyFix<TFix>(string source, string fixedSource, Action<RuleTest<TAnalyzer, TFix>> configure)
        where TFix : CodeFixProvider, new()
    {
        var test = new RuleTest<TAnalyzer, TFix>
        {
            TestCode = TestReferences.Usings + source,
            FixedCode = TestReferences.Usings + fixedSource,
        };
        configure(test);
        return test.RunAsync();
    }
}
