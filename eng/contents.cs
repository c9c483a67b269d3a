// Prints what a package (or any other zip archive) contains: bytes and name of each file.
//
// usage: dotnet run eng/contents.cs -- FILE

using System.IO.Compression;

using var archive = ZipFile.OpenRead(args[0]);
foreach (var entry in archive.Entries.OrderBy(entry => entry.FullName, StringComparer.Ordinal))
{
    Console.WriteLine($"{entry.Length,9} {entry.FullName}");
}
