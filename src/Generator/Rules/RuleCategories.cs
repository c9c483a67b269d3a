namespace Precision.Generator.Rules;

/// <summary>The families of rules; the category of a diagnostic.</summary>
internal static class RuleCategories
{
    /// <summary>PRC0…: whether an annotated class can be what its annotation says.</summary>
    public const string Annotation = "Precision.Annotation";

    /// <summary>PRC1…: operations on 16-bit values that lose accuracy or overflow.</summary>
    public const string Numerics = "Precision.Numerics";

    /// <summary>PRC2…: the order of the steps of a training loop.</summary>
    public const string Training = "Precision.Training";

    /// <summary>PRC3…: what must not happen in or around an autocast region.</summary>
    public const string Regions = "Precision.Regions";
}
