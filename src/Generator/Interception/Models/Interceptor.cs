using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception.Models;

/// <summary>A method that runs in place of the calls of one member. Calls of the same member in a file share it.</summary>
/// <param name="Name">The member's name, which the method carries too.</param>
/// <param name="Summary">What it does, for the reader of the generated file.</param>
/// <param name="ReturnType">Fully qualified.</param>
/// <param name="Parameters">The parameter list, with <c>this</c> before the receiver of an instance method.</param>
/// <param name="Body">Its statements; one that is alone is the expression that it returns.</param>
internal sealed record Interceptor(string Name, string Summary, string ReturnType, string Parameters, EquatableArray<string> Body)
{
    /// <summary>Whether it names what only obsolete code may.</summary>
    public bool IsObsolete { get; init; }
}
