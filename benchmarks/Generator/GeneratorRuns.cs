using BenchmarkDotNet.Attributes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Precision.Generator.Benchmarks;

/// <summary>
/// What the generator adds to a build and to a keystroke, for annotated classes among 1,000 other files. The slope between 1
/// and 1,000 classes is the cost of a class; what stands at 1 is the fixed part. Gate: at most 0.15 ms and 25 KB a class and
/// keystroke.
/// </summary>
/// <remarks>
/// Every invocation gets a compilation of its own, as every keystroke does: one that was bound before would answer from its
/// caches. An editor and the compiler server live long: the warm-up lets the runtime compile the compiler itself as it will for them.
/// </remarks>
[MemoryDiagnoser]
[SimpleJob(warmupCount: 30, iterationCount: 15, invocationCount: 1)]
public class GeneratorRuns
{
    private Project project = null!;
    private GeneratorDriver warm = null!;
    private CSharpCompilation edited = null!;

    /// <summary>How many classes carry the attribute.</summary>
    [Params(1, 100, 1000)]
    public int Classes { get; set; }

    /// <summary>Whether interceptors are made too, as a build does; while typing an IDE leaves them out.</summary>
    [Params(false, true)]
    public bool Building { get; set; }

    /// <summary>Makes the project and runs the generator over it once.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        project = new Project(Classes);
        warm = Project.Driver(Building).RunGenerators(project.Compilation);
    }

    /// <summary>A compilation that nothing has seen: what is known of its files is kept with them.</summary>
    [IterationSetup(Target = nameof(Cold))]
    public void NewCompilation() => edited = project.Anew();

    /// <summary>A keystroke in a file without annotations.</summary>
    [IterationSetup(Target = nameof(KeystrokeElsewhere))]
    public void NewEditElsewhere() => edited = project.EditElsewhere();

    /// <summary>A keystroke in the body of an annotated class.</summary>
    [IterationSetup(Target = nameof(KeystrokeInClass))]
    public void NewEditInClass() => edited = project.EditInClass();

    /// <summary>A keystroke that changes what is declared: any class may depend on it.</summary>
    [IterationSetup(Target = nameof(KeystrokeInDeclaration))]
    public void NewDeclaration() => edited = project.EditDeclaration();

    /// <summary>The first run, with nothing cached.</summary>
    [Benchmark]
    public GeneratorDriver Cold() => Project.Driver(Building).RunGenerators(edited);

    /// <summary>The run after a keystroke in a file without annotations.</summary>
    [Benchmark]
    public GeneratorDriver KeystrokeElsewhere() => warm.RunGenerators(edited);

    /// <summary>The run after a keystroke in the body of an annotated class.</summary>
    [Benchmark]
    public GeneratorDriver KeystrokeInClass() => warm.RunGenerators(edited);

    /// <summary>The run after a keystroke in a method's name.</summary>
    [Benchmark]
    public GeneratorDriver KeystrokeInDeclaration() => warm.RunGenerators(edited);
}
