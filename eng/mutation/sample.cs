// Writes a configuration of Stryker that mutates some lines of the code only, chosen at random: a run over all takes hours.
// dotnet run eng/mutation/sample.cs -- <configuration> <lines> <seed> <configuration to write>
using System.Text.Json;
using System.Text.Json.Nodes;

var (path, count, random, target) = (args[0], int.Parse(args[1]), new Random(int.Parse(args[2])), args[3]);
var configuration = JsonNode.Parse(File.ReadAllText(path))!;
var sources = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../src/Generator"));
var lines = configuration["stryker-config"]!["mutate"]!.AsArray()
    .Select(static pattern => pattern!.GetValue<string>().Replace("/**/*.cs", ""))
    .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(sources, folder), "*.cs", SearchOption.AllDirectories))
    .Order(StringComparer.Ordinal)
    .SelectMany(Lines)
    .ToArray();
random.Shuffle(lines);
configuration["stryker-config"]!["mutate"]
    = new JsonArray([.. lines.Take(count).Order(StringComparer.Ordinal).Select(static line => JsonValue.Create(line))]);
Directory.CreateDirectory(Path.GetDirectoryName(target)!);
File.WriteAllText(target, configuration.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
Console.WriteLine($"{Math.Min(count, lines.Length)} of {lines.Length} lines");

// The lines that may hold something to mutate, as Stryker names parts of files: by the places of their first and last characters.
IEnumerable<string> Lines(string file)
{
    var start = 0;
    foreach (var line in File.ReadAllText(file).Split('\n'))
    {
        var code = line.Trim();
        if (code.Length > 1 && !new[] { "//", "using ", "namespace ", "internal " }.Any(code.StartsWith))
        {
            yield return $"{Path.GetRelativePath(sources, file)}{{{start}..{start + line.Length}}}";
        }

        start += line.Length + 1;
    }
}
