namespace Precision.Distributed.Tests.Infrastructure;

/// <summary>Tests with several ranks on CPUs skip themselves, and say so, where there is no Open MPI; on CI they fail.</summary>
internal static class OpenMpi
{
    // eng/test.sh sets it where eng/setup.sh has seen to it.
    private const string IsNeeded = "TESTS_NEED_MPI";

    public static void Require()
    {
        var exists = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "mpirun")));
        Assert.True(exists || Environment.GetEnvironmentVariable(IsNeeded) != "1", "mpirun is not on the PATH, and these tests must run here.");
        Skip.IfNot(exists, "There is no mpirun on this machine: install openmpi-bin.");
    }
}
