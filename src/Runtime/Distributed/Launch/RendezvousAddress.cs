using System.Net;
using System.Text.RegularExpressions;

namespace Precision.Distributed;

/// <summary>Where rank 0 listens for the others.</summary>
internal sealed partial record RendezvousAddress(string Host, int Port)
{
    // Below the ports that systems give to outgoing connections.
    private const int FirstDerivedPort = 20_000;
    private const int DerivedPorts = 10_000;

    /// <summary>The address that the variables give; null where they do not.</summary>
    /// <param name="variables">MASTER_ADDR and MASTER_PORT come first.</param>
    /// <param name="job">What a port is derived from, where MASTER_PORT is not set; empty = none can be.</param>
    /// <param name="isOneHost">Whether all ranks are on this machine.</param>
    /// <param name="firstHost">The machine of rank 0, where the launcher says it.</param>
    public static RendezvousAddress? Of(LaunchEnvironment.Variables variables, string job, bool isOneHost, string? firstHost)
    {
        var host = variables["MASTER_ADDR"] ?? (isOneHost ? "127.0.0.1" : firstHost);

        // torchrun's own store may listen on MASTER_PORT itself.
        var port = PortAbove(variables.Number("MASTER_PORT")) ?? (job == "" ? null : FirstDerivedPort + Hash(job) % DerivedPorts);
        return host is null || port is null ? null : new(host, port.Value);
    }

    /// <summary>The first host of Slurm's short form: "node[07-09,12],login" gives "node07".</summary>
    public static string FirstOfNodeList(string list)
    {
        var match = FirstNode().Match(list);
        return match.Groups["prefix"].Value + match.Groups["number"].Value + match.Groups["suffix"].Value;
    }

    public override string ToString() => $"{Host}:{Port}";

    private static int? PortAbove(int? given)
        => given is < IPEndPoint.MaxPort or null
            ? given + 1
            : throw new ProcessGroupException(
                $"The variable MASTER_PORT is {given}, and the port above it is used: it must be below {IPEndPoint.MaxPort}.");

    // The same in every process, which string.GetHashCode is not.
    private static int Hash(string text)
    {
        var hash = 2166136261u;
        foreach (var character in text)
        {
            hash = unchecked((hash ^ character) * 16777619u);
        }

        return (int)(hash & int.MaxValue);
    }

    [GeneratedRegex(@"^(?<prefix>[^,\[]*)(\[(?<number>\d+)[^\]]*\](?<suffix>[^,\[]*))?")]
    private static partial Regex FirstNode();
}
