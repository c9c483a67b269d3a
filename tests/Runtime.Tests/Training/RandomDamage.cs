using System.Text;
using System.Text.Json.Nodes;

namespace Precision.Runtime.Tests.Training;

/// <summary>What happens to a checkpoint.</summary>
internal static class RandomDamage
{
    /// <summary>A bit flipped, the end cut off, bytes appended, or two parts exchanged.</summary>
    public static byte[] OfFile(byte[] whole, Random random)
    {
        byte[] content = [.. whole];
        switch (random.Next(4))
        {
            case 0:
                content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
                return content;
            case 1:
                return content[..random.Next(content.Length)];
            case 2:
                var more = new byte[random.Next(1, 100)];
                random.NextBytes(more);
                return [.. content, .. more];
            default:
                // Two parts of one length that differ exchanged.
                while (true)
                {
                    var length = random.Next(1, content.Length / 4);
                    var (first, second) = (random.Next(content.Length / 2 - length), random.Next(content.Length / 2, content.Length - length));
                    if (!content.AsSpan(first, length).SequenceEqual(content.AsSpan(second, length)))
                    {
                        var part = content[first..(first + length)];
                        content.AsSpan(second, length).CopyTo(content.AsSpan(first));
                        part.CopyTo(content, second);
                        return content;
                    }
                }
        }
    }

    /// <summary>Some place of the index with something else in it, and a right hash. It may be one that can be.</summary>
    public static byte[] OfIndex(byte[] whole, Random random)
    {
        if (random.Next(3) == 0)
        {
            var index = Encoding.UTF8.GetBytes(CheckpointEdit.Index(whole).ToJsonString());
            index[random.Next(index.Length)] = (byte)random.Next(256);
            return CheckpointEdit.WithIndex(whole, index);
        }

        return CheckpointEdit.WithIndex(whole, index =>
        {
            var node = index;
            while (true)
            {
                var keys = node is JsonObject o ? [.. o.Select(static entry => entry.Key)] : new List<string>();
                var count = node is JsonArray array ? array.Count : keys.Count;
                var place = random.Next(Math.Max(count, 1));
                var child = count == 0 ? null : node is JsonArray list ? list[place] : node[keys[place]];
                if (child is JsonArray or JsonObject && random.Next(5) > 0)
                {
                    node = child;
                    continue;
                }

                JsonNode?[] values = [null, -1, 0, long.MaxValue, 1e300, "", "NaN", true, new JsonArray(), new JsonObject(), new JsonArray(1, 2)];
                var value = values[random.Next(values.Length)];
                switch (node)
                {
                    case JsonArray { Count: > 0 } items:
                        items[place] = value;
                        break;
                    case JsonArray items:
                        items.Add(value);
                        break;
                    case JsonObject members when count > 0 && random.Next(3) == 0:
                        members.Remove(keys[place]);
                        break;
                    case JsonObject members:
                        members[count > 0 ? keys[place] : "x"] = value;
                        break;
                }

                return;
            }
        });
    }
}
