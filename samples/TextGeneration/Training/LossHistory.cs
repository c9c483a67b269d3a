using System.Globalization;

namespace TextGeneration.Training;

/// <summary>The losses of a run, kept as CSV: step, training loss, validation loss; empty where not measured.</summary>
internal sealed class LossHistory
{
    private const string Header = "step,training_loss,validation_loss";

    private readonly SortedDictionary<int, (double? Training, double? Validation)> rows = [];

    public IEnumerable<(int Step, double Loss)> Training
        => rows.Where(row => row.Value.Training is not null).Select(row => (row.Key, row.Value.Training!.Value));

    public IEnumerable<(int Step, double Loss)> Validation
        => rows.Where(row => row.Value.Validation is not null).Select(row => (row.Key, row.Value.Validation!.Value));

    /// <summary>By how much the validation loss is lower than before the training, in percent of what it was.</summary>
    public double FallPercent => 100 * (1 - (Validation.Last().Loss / Validation.First().Loss));

    /// <summary>What a CSV says up to a step: what came after it is not part of a run that goes on from there.</summary>
    public static LossHistory FromCsv(string csv, int upTo)
    {
        static double? Number(string field) => field.Length == 0 ? null : double.Parse(field, CultureInfo.InvariantCulture);

        var history = new LossHistory();
        foreach (var line in csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var fields = line.Split(',');
            var step = int.Parse(fields[0], CultureInfo.InvariantCulture);
            if (step <= upTo)
            {
                history.rows[step] = (Number(fields[1]), Number(fields[2]));
            }
        }

        return history;
    }

    public void AddTraining(int step, double loss) => rows[step] = (loss, rows.GetValueOrDefault(step).Validation);

    public void AddValidation(int step, double loss) => rows[step] = (rows.GetValueOrDefault(step).Training, loss);

    public string ToCsv() => string.Concat(
        rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Key},{row.Value.Training},{row.Value.Validation}\n"))
            .Prepend(Header + "\n"));
}
