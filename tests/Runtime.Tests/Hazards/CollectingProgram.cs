namespace Precision.Runtime.Tests.Hazards;

/// <summary>Takes one of the <see cref="PublicPaths"/> while other threads allocate and collect, so that a crash is the library's.</summary>
internal static class CollectingProgram
{
    public static void Run(string path)
    {
        var stop = false;
        new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        }) { IsBackground = true }.Start();
        new Thread(() =>
        {
            var kept = new Queue<byte[]>();
            while (!Volatile.Read(ref stop))
            {
                kept.Enqueue(new byte[8000]);
                if (kept.Count > 200)
                {
                    kept.Dequeue();
                }
            }
        }) { IsBackground = true }.Start();
        PublicPaths.All[path].Run();
        Volatile.Write(ref stop, true);
    }
}
