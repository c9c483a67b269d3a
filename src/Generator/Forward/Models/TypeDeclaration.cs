namespace Precision.Generator.Forward.Models;

/// <summary>One level of the type declarations around generated members.</summary>
/// <param name="Header">From the keyword on, for example <c>partial class Block&lt;T&gt;</c>.</param>
internal sealed record TypeDeclaration(string Header);
