namespace Precision.Distributed.Tests;

/// <summary>What the variables of launchers mean.</summary>
public sealed class LaunchEnvironmentTests
{
    private const string Torchrun = "RANK=3 WORLD_SIZE=4 LOCAL_RANK=1 MASTER_ADDR=node1 MASTER_PORT=29500";
    private const string Mpirun = "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_NAMESPACE=4711";
    private const string Srun = "SLURM_PROCID=5 SLURM_STEP_NUM_TASKS=8 SLURM_LOCALID=1 SLURM_JOB_ID=99 SLURM_STEP_ID=0 SLURM_STEP_NODELIST=gpu[07-08],x1";
    private const string Mpiexec = "PMI_RANK=1 PMI_SIZE=2 MPI_LOCALRANKID=1 MPI_LOCALNRANKS=2 PMI_JOBID=7";

    [Theory]
    [InlineData("", 0, 1, 0)]
    [InlineData("WORLD_SIZE=1", 0, 1, 0)]
    [InlineData("RANK=0 WORLD_SIZE=1", 0, 1, 0)]
    [InlineData(Torchrun, 3, 4, 1)]
    [InlineData(Mpirun, 1, 2, 1)]
    [InlineData(Mpirun + " WORLD_SIZE=2", 1, 2, 1)]
    [InlineData(Srun, 5, 8, 1)]
    [InlineData(Mpiexec, 1, 2, 1)]
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=8", 0, 1, 0)]   // a batch script, which srun did not start
    [InlineData(Torchrun + " " + Srun, 3, 4, 1)]
    [InlineData(Mpirun + " SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=3", 1, 2, 1)]   // mpirun's daemons are Slurm's tasks
    public void RanksAreRead(string variables, int rank, int worldSize, int localRank)
    {
        var launch = Read(variables);
        Assert.Equal((rank, worldSize, localRank), (launch.Rank, launch.WorldSize, launch.LocalRank));
    }

    [Theory]
    [InlineData(Torchrun, "node1", 29501)]
    [InlineData(Srun + " MASTER_ADDR=head MASTER_PORT=1000", "head", 1001)]
    [InlineData(Mpirun + " MASTER_PORT=1000", "127.0.0.1", 1001)]
    public void TheAddressIsRead(string variables, string host, int port)
        => Assert.Equal(new RendezvousAddress(host, port), Read(variables).Address);

    [Theory]
    [InlineData(Mpirun, "127.0.0.1")]
    [InlineData(Srun, "gpu07")]
    [InlineData(Mpiexec, "127.0.0.1")]
    public void APortIsDerivedFromTheJob(string variables, string host)
    {
        var address = Read(variables).Address!;
        Assert.Equal(host, address.Host);
        Assert.InRange(address.Port, 20_000, 29_999);
        Assert.Equal(address, Read(variables).Address);
        Assert.NotEqual(address.Port, Read(variables.Replace("4711", "4712").Replace("ID=99", "ID=98").Replace("JOBID=7", "JOBID=8")).Address!.Port);
    }

    [Fact]
    public void MpirunOverSeveralMachinesNeedsAnAddress()
    {
        var launch = Read(Mpirun.Replace("LOCAL_SIZE=2", "LOCAL_SIZE=1"));
        Assert.Contains("mpirun -x MASTER_ADDR", Assert.Throws<ProcessGroupException>(() => launch.MeetingPlace).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WORLD_SIZE=4", "WORLD_SIZE is 4 and no launcher says which rank this is")]
    [InlineData("RANK=0", "WORLD_SIZE is not")]
    [InlineData("RANK=0 WORLD_SIZE=2", "LOCAL_RANK is not")]
    [InlineData("RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=node1", "MASTER_ADDR or MASTER_PORT is not")]
    [InlineData("RANK=0 WORLD_SIZE=0 LOCAL_RANK=0", "The number of ranks (WORLD_SIZE) is 0")]
    [InlineData("RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=node1 MASTER_PORT=65535", "MASTER_PORT is 65535")]
    [InlineData("RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=node1 MASTER_PORT=2147483647", "must be below 65535")]
    [InlineData("RANK=2 WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=node1 MASTER_PORT=1", "rank 2 of 2")]
    [InlineData("RANK=first WORLD_SIZE=2", "RANK is 'first'")]
    [InlineData("RANK=-1 WORLD_SIZE=2", "RANK is '-1'")]
    [InlineData(Mpirun + " WORLD_SIZE=3", "WORLD_SIZE is 3 and mpirun (OMPI_COMM_WORLD_SIZE) started 2 ranks")]
    [InlineData("PMI_RANK=1 PMI_SIZE=2", "MPI_LOCALRANKID is not")]
    public void ContradictionsAreRefused(string variables, string text)
        => Assert.Contains(text, Assert.Throws<ProcessGroupException>(() => Read(variables)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("node1", "node1")]
    [InlineData("node1,node2", "node1")]
    [InlineData("node[07-09,12],login", "node07")]
    [InlineData("node[3,5]", "node3")]
    [InlineData("rack1-n[007]-ib", "rack1-n007-ib")]
    public void TheFirstOfSlurmsNodesIsFound(string list, string first) => Assert.Equal(first, RendezvousAddress.FirstOfNodeList(list));

    [Theory]
    [InlineData(0, 8, 0)]
    [InlineData(3, 8, 3)]
    [InlineData(3, 1, 0)]   // the launcher shows each rank its own
    public void ALocalRankHasItsGpu(int localRank, int visible, int gpu) => Assert.Equal(gpu, RankDevice.GpuOf(localRank, visible));

    [Fact]
    public void MoreRanksThanGpusAreRefused()
        => Assert.Contains("sees 2 GPUs", Assert.Throws<ProcessGroupException>(() => RankDevice.GpuOf(2, 2)).Message, StringComparison.Ordinal);

    private static LaunchEnvironment Read(string variables)
    {
        var values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static variable => variable.Split('='))
            .ToDictionary(static pair => pair[0], static pair => pair[1]);
        return LaunchEnvironment.Read(name => values.GetValueOrDefault(name));
    }
}
