using System.Security.Cryptography;
using ImageClassification.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Samples.Tests.ImageClassification;

public class DigitImagesTests
{
    [Fact]
    public void The_digits_are_there_and_none_is_both_learned_and_held_out()
    {
        var (training, test) = DigitImages.Load(CPU);
        using var first = training;
        using var second = test;

        Assert.Equal([8_000, 1, 28, 28], training.Images.shape);
        Assert.Equal([2_000, 1, 28, 28], test.Images.shape);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), test.Labels.data<long>().Distinct().Order());
        Assert.InRange(training.Images.mean().item<float>(), -0.05f, 0.05f);
        Assert.InRange(training.Images.std().item<float>(), 0.95f, 1.05f);
        Assert.Empty(Hashes(training).Intersect(Hashes(test)));
    }

    [Fact]
    public void Batches_hold_every_image_once_with_its_own_label()
    {
        using var images = new DigitImages(arange(10, dtype: float32).reshape(10, 1, 1, 1), arange(10));

        foreach (var batches in new[] { images.Shuffled(4, seed: 3), images.InOrder(4) })
        {
            var seen = new List<long>();
            foreach (var (inputs, labels) in batches)
            {
                Assert.Equal(labels.data<long>().Select(label => (float)label), inputs.data<float>());
                seen.AddRange(labels.data<long>());
            }

            Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), seen.Order());
        }
    }

    [Fact]
    public void The_order_is_the_seed_s()
    {
        using var images = new DigitImages(zeros(50, 1, 1, 1), arange(50));

        Assert.Equal(Order(1), Order(1));
        Assert.NotEqual(Order(1), Order(2));

        List<long> Order(int seed)
        {
            var order = new List<long>();
            foreach (var (_, labels) in images.Shuffled(7, seed))
            {
                order.AddRange(labels.data<long>());
            }

            return order;
        }
    }

    private static IEnumerable<string> Hashes(DigitImages images)
    {
        var bytes = images.Images.bytes.ToArray();
        var size = bytes.Length / (int)images.Count;
        return Enumerable.Range(0, (int)images.Count).Select(i => Convert.ToHexString(SHA256.HashData(bytes.AsSpan(i * size, size))));
    }
}
