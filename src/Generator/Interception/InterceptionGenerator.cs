using Microsoft.CodeAnalysis;

namespace Precision.Generator.Interception;

/// <summary>
/// Replaces calls whose TorchSharp binding keeps autocast from acting (the softmax family), that run as one operation faster
/// than as two (<c>Linear</c>), that go through a <c>[FullPrecision]</c> member, or that a list of the user's is about. An output of builds, which an
/// editor may leave out while typing. The targets file of the package allows the namespace of the interceptors, unless the project sets
/// <c>PrecisionInterceptors</c> to false; where it is not allowed, nothing is generated. A call that an interceptor in source
/// takes already is left to it; what other generators take cannot be seen from here.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed partial class InterceptionGenerator : IIncrementalGenerator
{
    /// <summary>The namespace of all interceptors.</summary>
    internal const string Namespace = "Precision.Interceptors";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.CompilationProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (input, token) => IsAllowed(input.Left) ? InterceptedCalls.Of(input.Left, input.Right, token) : default)
            .WithTrackingName(InterceptionTrackingNames.Calls)
            .Combine(context.ParseOptionsProvider.Select(static (options, _) => HasFileTypes(options)))
            .SelectMany(static (input, _) => Files(input.Left, input.Right))
            .WithTrackingName(InterceptionTrackingNames.Files);
        context.RegisterImplementationSourceOutput(files, WriteFile);

        var needsAttribute = files.Collect()
            .Select(static (files, _) => files.Any(static file => file.ClassName is not null))
            .Combine(context.CompilationProvider.Select(static (compilation, _) => LocationAttribute.In(compilation) is not null))
            .Select(static (input, _) => input.Left && !input.Right);
        context.RegisterImplementationSourceOutput(needsAttribute, WriteSharedAttribute);
    }
}
