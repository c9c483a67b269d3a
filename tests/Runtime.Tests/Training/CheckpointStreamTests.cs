using Precision.Optim;
using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Training;

/// <summary>Checkpoints in streams, and written and read while something else goes on.</summary>
[Collection(SerialTests.Name)]
public sealed class CheckpointStreamTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("precision-streams-").FullName;
    private readonly CheckpointTests.Run run = new(Dtype.BFloat16, Dtype.BFloat16, true, nameof(FusedAdamW));

    private string FilePath => Path.Combine(folder, "checkpoint");

    public void Dispose()
    {
        run.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_stream_holds_what_a_file_holds()
    {
        using var scope = NewDisposeScope();
        run.Train(2);
        run.Training.Save(FilePath, run.Schedule, new byte[] { 7 });
        using var stream = new MemoryStream();
        run.Training.Save(new WriteOnly(stream), run.Schedule, new byte[] { 7 });
        Assert.Equal(File.ReadAllBytes(FilePath), stream.ToArray());

        var expected = run.State();
        run.Train(1);
        stream.Position = 0;
        var point = run.Training.Load(stream, run.Schedule);
        Assert.Equal((2L, (byte)7), (point.Steps, point.DataPosition.Span[0]));
        AssertSame(expected, run.State());
        Assert.True(stream.CanRead);
        Assert.Equal(stream.Length, stream.Position);
    }

    [Fact]
    public void A_stream_is_read_from_where_it_stands()
    {
        using var scope = NewDisposeScope();
        using var stream = new MemoryStream();
        stream.Write("a header of somebody's own"u8);
        var start = stream.Position;
        run.Training.Save(stream, run.Schedule);
        var expected = run.State();
        run.Train(1);
        stream.Position = start;
        run.Training.Load(stream, run.Schedule);
        AssertSame(expected, run.State());

        stream.Position = 0;
        Assert.Contains("stream", Assert.Throws<InvalidDataException>(() => run.Training.Load(stream, run.Schedule)).Message);
        AssertSame(expected, run.State());
    }

    [Fact]
    public void Streams_that_cannot_be_used_are_refused()
    {
        using var stream = new MemoryStream();
        run.Training.Save(stream, run.Schedule);
        Assert.Contains("seekable", Assert.Throws<ArgumentException>(() => run.Training.Load(new WriteOnly(stream), run.Schedule)).Message);
        using var readOnly = new MemoryStream(stream.ToArray(), writable: false);
        Assert.Throws<ArgumentException>(() => run.Training.Save(readOnly, run.Schedule));
        Assert.Throws<ArgumentNullException>(() => run.Training.Save((Stream)null!));
        Assert.Throws<ArgumentNullException>(() => run.Training.Load((Stream)null!));
    }

    [Fact]
    public async Task Training_goes_on_while_a_checkpoint_is_written()
    {
        run.Train(2);
        var expected = run.State();
        var writing = run.Training.SaveAsync(FilePath, run.Schedule, new byte[] { 2 });
        run.Train(2);
        await writing;
        Assert.Equal([FilePath], Directory.GetFiles(folder));

        var point = await run.Training.LoadAsync(FilePath, run.Schedule);
        Assert.Equal((2L, (byte)2), (point.Steps, point.DataPosition.Span[0]));
        AssertSame(expected, run.State());
        run.Train(1);
    }

    [Fact]
    public async Task Several_writings_end_in_their_order()
    {
        var writings = new List<Task>();
        for (var i = 1; i <= 5; i++)
        {
            run.Train(1);

            // The earlier ones are the longer ones.
            writings.Add(run.Training.SaveAsync(FilePath, run.Schedule, new byte[4_000_000 / (i * i)]));
        }

        run.Train(1);
        run.Training.Save(FilePath, run.Schedule);
        Assert.All(writings, static writing => Assert.True(writing.IsCompletedSuccessfully));
        Assert.Equal(6, run.Training.Load(FilePath, run.Schedule).Steps);
        await Task.WhenAll(writings);
    }

    [Fact]
    public async Task Cancelling_leaves_the_old_file_and_the_training()
    {
        run.Training.Save(FilePath, run.Schedule);
        var old = File.ReadAllBytes(FilePath);
        run.Train(1);
        var expected = run.State();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await run.Training.SaveAsync(FilePath, run.Schedule, cancellationToken: cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await run.Training.LoadAsync(FilePath, run.Schedule, cancelled.Token));

        // At any moment: whether it was in time or not, a whole file is there, and nothing beside it.
        for (var i = 0; i < 20; i++)
        {
            using var source = new CancellationTokenSource();
            var writing = run.Training.SaveAsync(FilePath, run.Schedule, new byte[1_000_000], source.Token);
            source.CancelAfter(TimeSpan.FromMilliseconds(Random.Shared.Next(0, 8)));
            try
            {
                await writing;
            }
            catch (OperationCanceledException)
            {
            }

            Assert.Equal([FilePath], Directory.GetFiles(folder));
            using var state = TrainingCheckpoint.Read(FilePath, CancellationToken.None);
            Assert.Contains(state.Progress.Steps, new long[] { 0, 1 });
        }

        AssertSame(expected, run.State());
        File.WriteAllBytes(FilePath, old);
        run.Training.Load(FilePath, run.Schedule);
    }

    [Fact]
    public async Task What_cannot_be_written_or_read_ends_the_task_with_its_reason()
    {
        run.Train(1);
        await Assert.ThrowsAnyAsync<IOException>(() => run.Training.SaveAsync(folder, run.Schedule));
        await Assert.ThrowsAsync<FileNotFoundException>(() => run.Training.LoadAsync(FilePath, run.Schedule));
        File.WriteAllText(FilePath, "no checkpoint");
        await Assert.ThrowsAsync<InvalidDataException>(() => run.Training.LoadAsync(FilePath, run.Schedule));
        await run.Training.SaveAsync(FilePath, run.Schedule);
        Assert.Equal(1, (await run.Training.LoadAsync(FilePath, run.Schedule)).Steps);
    }

    [Fact]
    public async Task Nothing_is_left_of_a_saving_or_loading()
    {
        run.Train(1);
        run.Training.Save(FilePath, run.Schedule);
        run.Training.Load(FilePath, run.Schedule);
        File.WriteAllBytes(FilePath + ".cut", File.ReadAllBytes(FilePath)[..^1]);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        run.Training.Save(FilePath, run.Schedule);
        await run.Training.SaveAsync(FilePath, run.Schedule);
        run.Training.Load(FilePath, run.Schedule);
        await run.Training.LoadAsync(FilePath, run.Schedule);
        Assert.Throws<InvalidDataException>(() => run.Training.Load(FilePath + ".cut", run.Schedule));
        Assert.Throws<InvalidDataException>(() => run.Training.Load(FilePath));
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static void AssertSame(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual)
        => Assert.All(expected, entry => Assert.True(Bits.Equal(entry.Value, actual[entry.Key]), entry.Key));

    /// <summary>As the stream of a network connection: it can neither seek nor be read.</summary>
    private sealed class WriteOnly(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
