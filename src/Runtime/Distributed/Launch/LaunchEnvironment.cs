using System.Globalization;

namespace Precision.Distributed;

/// <summary>Who this process is, as the launcher's variables say.</summary>
/// <param name="Launcher">The launcher's name, for messages.</param>
/// <param name="Rank">From 0.</param>
/// <param name="WorldSize">The number of ranks.</param>
/// <param name="LocalRank">From 0, on this machine.</param>
/// <param name="Job">What all ranks of a job have in common and no other job has, as far as the launcher says it.</param>
/// <param name="Address">Where rank 0 listens; null where the variables do not tell.</param>
internal sealed record LaunchEnvironment(string Launcher, int Rank, int WorldSize, int LocalRank, string Job, RendezvousAddress? Address)
{
    private delegate LaunchEnvironment? Launched(Variables variables);

    // mpirun starts its daemons with srun, so that its ranks see Slurm's variables of the daemons. torchrun may be started by either.
    private static readonly Launched[] Launchers = [ByTorchrun, ByOpenMpi, BySlurm, ByPmi];

    /// <summary>A process that nobody launched as one of several.</summary>
    public static LaunchEnvironment Alone { get; } = new("no launcher", 0, 1, 0, "", null);

    /// <summary>Where the ranks meet.</summary>
    /// <exception cref="ProcessGroupException">The variables do not tell.</exception>
    public RendezvousAddress MeetingPlace => Address ?? throw new ProcessGroupException(
        $"{Launcher} started {WorldSize} ranks and does not say where they meet. "
            + "Set MASTER_ADDR to the machine of rank 0 and MASTER_PORT to a free port there, for all ranks (mpirun -x MASTER_ADDR=… -x MASTER_PORT=…).");

    /// <summary>Reads torchrun's variables, else Open MPI's, Slurm's (srun) or PMI's.</summary>
    /// <exception cref="ProcessGroupException">They contradict each other, or one is missing or no number.</exception>
    public static LaunchEnvironment Read(Func<string, string?> read)
    {
        var variables = new Variables(read);
        var found = Launchers.Select(launcher => launcher(variables)).FirstOrDefault(static launch => launch is not null);
        var expected = variables.Number("WORLD_SIZE");
        if (found is null)
        {
            return expected is null or 1
                ? Alone
                : throw new ProcessGroupException(
                    $"WORLD_SIZE is {expected} and no launcher says which rank this is. Start the program with torchrun, srun or mpirun, "
                        + "or set RANK and LOCAL_RANK; unset WORLD_SIZE to train in one process.");
        }

        if (expected is 0 || found.WorldSize == 0)
        {
            throw new ProcessGroupException("The number of ranks (WORLD_SIZE) is 0. It counts all of them, this one too.");
        }

        if (expected is { } size && size != found.WorldSize)
        {
            throw new ProcessGroupException(
                $"WORLD_SIZE is {size} and {found.Launcher} started {found.WorldSize} ranks. Unset WORLD_SIZE, or start as many.");
        }

        return found.Rank < found.WorldSize
            ? found
            : throw new ProcessGroupException($"This is rank {found.Rank} of {found.WorldSize} for {found.Launcher}: ranks count from 0.");
    }

    private static LaunchEnvironment? ByTorchrun(Variables variables)
    {
        const string name = "torchrun (RANK, WORLD_SIZE)";
        if (variables.Number("RANK") is not { } rank)
        {
            return null;
        }

        var size = variables.Number("WORLD_SIZE") ?? throw Missing("WORLD_SIZE", "RANK is set");
        if (size <= 1)
        {
            return Alone with { Launcher = name, Rank = rank, WorldSize = size, LocalRank = variables.Number("LOCAL_RANK") ?? 0 };
        }

        var localRank = variables.Number("LOCAL_RANK") ?? throw Missing("LOCAL_RANK", "RANK and WORLD_SIZE are set");
        var job = $"{variables["TORCHELASTIC_RUN_ID"]}/{variables["TORCHELASTIC_RESTART_COUNT"]}";
        var address = RendezvousAddress.Of(variables, "", isOneHost: false, firstHost: null);
        return new(name, rank, size, localRank, job, address ?? throw Missing("MASTER_ADDR or MASTER_PORT", "RANK and WORLD_SIZE are set"));
    }

    private static LaunchEnvironment? ByOpenMpi(Variables variables)
    {
        if (variables.Number("OMPI_COMM_WORLD_RANK") is not { } rank || variables.Number("OMPI_COMM_WORLD_SIZE") is not { } size)
        {
            return null;
        }

        var job = variables["PMIX_NAMESPACE"] ?? variables["OMPI_MCA_ess_base_jobid"] ?? "";
        var isOneHost = variables.Number("OMPI_COMM_WORLD_LOCAL_SIZE") == size;
        var localRank = variables.Number("OMPI_COMM_WORLD_LOCAL_RANK") ?? 0;
        return new("mpirun (OMPI_COMM_WORLD_SIZE)", rank, size, localRank, job, RendezvousAddress.Of(variables, job, isOneHost, null));
    }

    // A batch script has SLURM_PROCID too; only a step that srun started has a number of tasks of its own.
    private static LaunchEnvironment? BySlurm(Variables variables)
    {
        if (variables.Number("SLURM_PROCID") is not { } rank || variables.Number("SLURM_STEP_NUM_TASKS") is not { } size)
        {
            return null;
        }

        var job = $"{variables["SLURM_JOB_ID"]}.{variables["SLURM_STEP_ID"]}";
        var hosts = variables["SLURM_STEP_NODELIST"] ?? variables["SLURM_JOB_NODELIST"];
        var isOneHost = variables.Number("SLURM_STEP_NUM_NODES") == 1;
        var address = RendezvousAddress.Of(variables, job, isOneHost, hosts is null ? null : RendezvousAddress.FirstOfNodeList(hosts));
        return new("srun (SLURM_STEP_NUM_TASKS)", rank, size, variables.Number("SLURM_LOCALID") ?? 0, job, address);
    }

    private static LaunchEnvironment? ByPmi(Variables variables)
    {
        if (variables.Number("PMI_RANK") is not { } rank || variables.Number("PMI_SIZE") is not { } size)
        {
            return null;
        }

        var job = variables["PMI_JOBID"] ?? "";
        var localRank = variables.Number("MPI_LOCALRANKID") ?? variables.Number("PMI_LOCAL_RANK")
            ?? (size == 1 ? 0 : throw Missing("MPI_LOCALRANKID", "PMI_RANK and PMI_SIZE are set"));
        var isOneHost = variables.Number("MPI_LOCALNRANKS") == size;
        return new("mpiexec (PMI_SIZE)", rank, size, localRank, job, RendezvousAddress.Of(variables, job, isOneHost, null));
    }

    private static ProcessGroupException Missing(string name, string reason)
        => new($"{reason}, and {name} is not. Start the program with torchrun, srun or mpirun, which set all variables; or set it too.");

    /// <summary>Environment variables as text and as numbers; an empty one is none.</summary>
    internal sealed class Variables(Func<string, string?> read)
    {
        public string? this[string name] => read(name) is { Length: > 0 } text ? text : null;

        public int? Number(string name) => this[name] switch
        {
            null => null,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
            var text => throw new ProcessGroupException($"The variable {name} is '{text}', which is no number from 0."),
        };
    }
}
