using Microsoft.CodeAnalysis;
using Precision.Package.Tests.Infrastructure;

namespace Precision.Package.Tests.Editor;

/// <summary>What a user sees while typing, in an editor that builds on the compiler's workspaces.</summary>
[Collection(PackageTests.Name)]
public sealed class EditorTests : IClassFixture<EditorProject>
{
    private const string Annotation = "[MixedPrecision(Dtype.BFloat16)]";
    private readonly EditorProject editor;

    public EditorTests(EditorProject editor)
    {
        this.editor = editor;
        editor.Type(Programs.Model);
    }

    [Fact]
    public async Task Generated_forward_is_there_before_any_build()
    {
        Assert.Contains("public override global::TorchSharp.torch.Tensor forward(", await editor.Generated(), StringComparison.Ordinal);
        Assert.Empty(await editor.Diagnostics());
    }

    [Fact]
    public async Task Diagnostic_appears_while_typing_and_its_fix_repairs_the_open_document()
    {
        editor.Type(Programs.Model.Replace("partial ", "", StringComparison.Ordinal));
        Assert.Null(await editor.Generated());
        var diagnostic = Assert.Single(await editor.Diagnostics(), diagnostic => diagnostic.Id == "PRC0001");

        await editor.Fix(diagnostic);

        Assert.Equal(Programs.Model, (await editor.Document.GetTextAsync()).ToString());
        Assert.NotNull(await editor.Generated());
        Assert.Empty(await editor.Diagnostics());
    }

    /// <summary>A member is written into the annotated class, character by character: the generated file never changes.</summary>
    [Fact]
    public async Task Generated_file_stays_while_a_member_is_typed()
    {
        const string member = """public Tensor Score(Tensor x) { using var region = Autocast.Enter(CPU, Dtype.BFloat16); return call(x)[.., 0]; }""";
        var before = await editor.Generated();
        var end = Programs.Model.LastIndexOf('}');
        var broken = 0;

        for (var typed = 1; typed <= member.Length; typed++)
        {
            editor.Type(Programs.Model.Insert(end, member[..typed]));
            Assert.Equal(before, await editor.Generated());
            broken += (await editor.Diagnostics()).Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error) ? 1 : 0;
        }

        Assert.InRange(broken, 1, member.Length - 1); // it was broken on the way, and no longer is
        Assert.Empty(await editor.Diagnostics());
    }

    /// <summary>What the file is generated from is deleted and written again, character by character.</summary>
    [Theory]
    [InlineData(Annotation)]
    [InlineData("private Tensor ForwardCore(Tensor x)")]
    [InlineData("class Perceptron : Module<Tensor, Tensor>")]
    [InlineData("using static TorchSharp.torch;")]
    public async Task Generated_file_comes_back_after_what_it_stands_on_is_typed_again(string text)
    {
        var before = await editor.Generated();
        var start = Programs.Model.IndexOf(text, StringComparison.Ordinal);
        var without = Programs.Model.Remove(start, text.Length);
        editor.Type(without);
        Assert.NotEqual(before, await editor.Generated());

        for (var typed = 1; typed <= text.Length; typed++)
        {
            editor.Type(without.Insert(start, text[..typed]));
            await editor.Diagnostics();
        }

        Assert.Equal(before, await editor.Generated());
        Assert.Empty(await editor.Diagnostics());
    }
}
