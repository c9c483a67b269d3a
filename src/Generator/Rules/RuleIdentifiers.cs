// Compiled into the library too, whose exceptions name the rules.
#if PRECISION_LIBRARY
namespace Precision;
#else
namespace Precision.Generator.Rules;
#endif

/// <summary>The id of every rule. An id that was ever released is never given to another rule.</summary>
internal static class RuleIdentifiers
{
    public const string AnnotatedClassIsNotPartial = "PRC0001";
    public const string AnnotatedClassIsNotAModule = "PRC0002";
    public const string AnnotatedClassOverridesForward = "PRC0003";
    public const string AnnotatedClassHasNothingToCall = "PRC0004";
    public const string DtypeCannotBeUsed = "PRC0005";
    public const string AnnotationsConflict = "PRC0006";
    public const string Float16OnCpuOnly = "PRC0007";
    public const string AnnotatedClassLacksGeneratedCode = "PRC0008";
    public const string OverrideBypassesGeneratedForward = "PRC0009";
    public const string GeneratedNameIsTaken = "PRC0010";
    public const string TensorsOutOfReach = "PRC0011";
    public const string FunctionCannotBeGenerated = "PRC0012";
    public const string OperationListIsWrong = "PRC0013";

    public const string SoftmaxIn16Bit = "PRC1001";
    public const string ReductionIn16Bit = "PRC1002";
    public const string OverflowInFloat16 = "PRC1003";
    public const string LogarithmIn16Bit = "PRC1004";
    public const string LossIn16Bit = "PRC1005";
    public const string LossOfProbabilities = "PRC1006";
    public const string ConstantOutOfRange = "PRC1007";
    public const string EpsilonVanishes = "PRC1008";
    public const string ProductOfTwoDtypes = "PRC1009";
    public const string PositionsIn16Bit = "PRC1010";
    public const string AccumulationIn16Bit = "PRC1011";
    public const string UnstableComposition = "PRC1012";
    public const string ScalingAfterProduct = "PRC1013";
    public const string StatisticsIn16Bit = "PRC1014";
    public const string Float32IsLost = "PRC1015";
    public const string SixteenBitIsAskedFor = "PRC1016";
    public const string EqualityIn16Bit = "PRC1017";
    public const string AnglesIn16Bit = "PRC1018";

    public const string OptimizerOver16BitParameters = "PRC2001";
    public const string OptimizerMadeBeforeConversion = "PRC2002";
    public const string Float16WithoutLossScaling = "PRC2003";
    public const string LossScalingWithBFloat16 = "PRC2004";
    public const string ClipBeforeUnscale = "PRC2005";
    public const string StepWithoutUpdate = "PRC2006";
    public const string CalledTwice = "PRC2007";
    public const string ScalerIsBypassed = "PRC2008";
    public const string SkippedStepIsIgnored = "PRC2009";
    public const string EachMicroBatch = "PRC2010";
    public const string DeviceWaitInEachStep = "PRC2011";
    public const string CallOnSomeRanks = "PRC2012";

    public const string RegionIsLeftByThread = "PRC3001";
    public const string BackwardInsideRegion = "PRC3002";
    public const string RegionIsNotDisposed = "PRC3003";
    public const string AnnotatedModelIsConverted = "PRC3004";
    public const string FunctionIsNotMarked = "PRC3005";
    public const string CallIsNotIntercepted = "PRC3006";
    public const string ModuleHasNoSummary = "PRC3007";

    /// <summary>Where a rule is explained.</summary>
    public static string HelpLink(string id) => $"https://github.com/precision-dotnet/precision/blob/main/docs/rules/{id}.md";
}
