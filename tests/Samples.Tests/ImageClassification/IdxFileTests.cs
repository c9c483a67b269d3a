using System.IO.Compression;
using ImageClassification.Data;

namespace Precision.Samples.Tests.ImageClassification;

public sealed class IdxFileTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Sizes_and_values_are_read()
    {
        Write(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60);

        var file = IdxFile.Read(path);

        Assert.Equal([2, 3], file.Sizes);
        Assert.Equal([10, 20, 30, 40, 50, 60], file.Values);
    }

    [Theory]
    [InlineData(0, 0, 13, 1, 0, 0, 0, 1, 7)]                 // floats, not bytes
    [InlineData(0, 0, 8, 1, 0, 0, 0, 2, 7)]                  // one value of two
    [InlineData(0, 0, 8)]
    [InlineData(0, 0, 8, 2, 127, 255, 255, 255, 127, 255, 255, 255)]
    [InlineData(0, 0, 8, 1, 255, 255, 255, 255)]             // a negative size
    public void A_damaged_file_is_an_error_that_names_it(params int[] content)
    {
        Write([.. content.Select(value => (byte)value)]);

        Assert.Contains(path, Assert.Throws<UserErrorException>(() => IdxFile.Read(path)).Cause);
    }

    [Fact]
    public void A_file_that_is_not_compressed_is_an_error()
    {
        File.WriteAllText(path, "digits");

        Assert.Contains(path, Assert.Throws<UserErrorException>(() => IdxFile.Read(path)).Cause);
    }

    private void Write(params byte[] content)
    {
        using var file = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        file.Write(content);
    }
}
