using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2011: the host waits for the device in every step.</summary>
internal static class DeviceWaitInEachStep
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.DeviceWaitInEachStep,
        title: "Device is waited for in every step",
        messageFormat: "'{0}' waits for the device in every training step: read it only every few steps, or keep the values on the device and read them after the loop",
        RuleCategories.Training,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "A GPU runs behind the host, which enqueues the next step meanwhile. Reading a value in each step makes the host wait until the GPU has caught up, and the GPU idle until the host has enqueued more.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.DeviceWaitInEachStep));
}
