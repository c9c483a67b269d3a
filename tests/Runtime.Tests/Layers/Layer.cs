using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Layers;

/// <summary>One of TorchSharp's layers as the sweep runs it.</summary>
/// <param name="Factory">The factory in <c>torch.nn</c>.</param>
/// <param name="Variant">How it is made or called, where that decides what runs; empty otherwise.</param>
/// <param name="Create">Makes it, with float32 parameters.</param>
/// <param name="Inputs">Makes the inputs of one call.</param>
/// <param name="Run">The call, whose result is one tensor.</param>
internal sealed record Layer(
    string Factory, string Variant, Func<nn.Module> Create, Func<Tensor[]> Inputs, Func<nn.Module, Tensor[], Tensor> Run)
{
    /// <summary>Whether it draws random numbers, which another dtype may draw otherwise on a GPU.</summary>
    public bool IsRandom { get; init; }

    public string Name => Variant.Length == 0 ? Factory : $"{Factory}, {Variant}";

    /// <summary>A layer with one input.</summary>
    public static Layer Of(string factory, Func<nn.Module<Tensor, Tensor>> create, Func<Tensor> input, string variant = "")
        => Called(factory, create, () => [input()], static (layer, inputs) => layer.call(inputs[0]), variant);

    /// <summary>A layer with a call of its own.</summary>
    public static Layer Called<TModule>(
        string factory, Func<TModule> create, Func<Tensor[]> inputs, Func<TModule, Tensor[], Tensor> run, string variant = "")
        where TModule : nn.Module
        => new(factory, variant, create, inputs, (module, tensors) => run((TModule)module, tensors));

    /// <summary>A loss of a prediction and a target.</summary>
    public static Layer Loss(
        string factory, Func<nn.Module<Tensor, Tensor, Tensor>> create, Func<Tensor> input, Func<Tensor> target, string variant = "")
        => Called(factory, create, () => [input(), target()], static (loss, inputs) => loss.call(inputs[0], inputs[1]), variant);

    public override string ToString() => Name;
}
