namespace Precision.Flow.Tests.RandomModels;

/// <summary>What a module's forward takes and gives.</summary>
/// <param name="Base">Its base class.</param>
/// <param name="Parameters">The parameters of its forward, as they are declared.</param>
/// <param name="Result">The type of its result.</param>
internal sealed record ModuleForm(string Base, string Parameters, string Result)
{
    public static readonly ModuleForm Plain = new("Module<Tensor, Tensor>", "Tensor x", "Tensor");
    public static readonly ModuleForm Masked = new("Module<Tensor, Tensor, Tensor>", "Tensor x, Tensor mask", "Tensor");
    public static readonly ModuleForm Indexed = new("Module<Tensor, Tensor, Tensor>", "Tensor x, Tensor ids", "Tensor");
    public static readonly ModuleForm OfState = new("Module<State, Tensor>", "State state", "Tensor");
    public static readonly ModuleForm OfList = new("Module<List<Tensor>, Tensor>", "List<Tensor> parts", "Tensor");
    public static readonly ModuleForm OfDictionary = new("Module<Dictionary<string, Tensor>, Tensor>", "Dictionary<string, Tensor> named", "Tensor");
    public static readonly ModuleForm ToState = new("Module<Tensor, State>", "Tensor x", "State");
    public static readonly ModuleForm ToPair = new("Module<Tensor, (Tensor, Tensor)>", "Tensor x", "(Tensor, Tensor)");

    /// <summary>Those that models have.</summary>
    public static readonly ModuleForm[] Models = [Plain, Plain, Plain, Masked, Indexed, OfState];

    /// <summary>Those that modules have.</summary>
    public static readonly ModuleForm[] All = [Plain, Plain, Plain, Plain, Masked, Indexed, OfState, OfList, OfDictionary, ToState, ToPair];
}

/// <summary>A module class that was written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Form">What its forward takes and gives.</param>
/// <param name="IsFixed">Whether its result has the dtype of its layers, so that other layers take it in true 16-bit.</param>
/// <param name="TakesArguments">Whether its constructor takes a flag and a count.</param>
internal sealed record ModuleClass(string Name, ModuleForm Form, bool IsFixed, bool TakesArguments)
{
    /// <summary>Makes one.</summary>
    /// <param name="flag">What the flag is.</param>
    /// <param name="count">What the count is.</param>
    public string New(string flag, string count) => TakesArguments ? $"new {Name}({flag}, {count})" : $"new {Name}()";
}
