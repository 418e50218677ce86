using Eventlet.Tests.Support;

namespace Eventlet.Tests.Files;

/// <summary>Reads that the kernel has begun and that last, as no read of a disk does in a test: of a pipe with a name.</summary>
public sealed class IoUringFileTests : HubTests<IoUringHub>
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"eventlet-{Guid.NewGuid():N}");

    [Fact]
    public void Kill_DuringARead_ComesAfterIt_AndTheBytesAreThere() => OnHub(async () =>
    {
        using var open = new Backends.Descriptors();
        string path = _path + ".fifo";
        int fifo = open.Fifo(path);
        await using var file = new GreenFile(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), FileAccess.Read);
        byte[] buffer = new byte[10];
        int count = 0;
        GreenThread reader = GreenThread.Spawn(async () =>
        {
            count = await file.ReadAtAsync(buffer, 0);
            await GreenThread.SleepAsync();
            count = -1;
        });
        await Turns.PassAsync();
        reader.Kill();
        await Turns.PassAsync();
        Assert.False(reader.IsDead);
        Backends.Descriptors.Write(fifo, [1, 2, 3]);
        await reader;
        Assert.True(reader.WasKilled);
        Assert.Equal(3, count);
        Assert.Equal([1, 2, 3, 0], buffer[..4]);
        File.Delete(path);
    });

    [Fact]
    public void Read_ThatOutlivesARunOfTheLoop_GoesOnWithTheNext() => OnOwner(() =>
    {
        using var open = new Backends.Descriptors();
        string path = _path + ".fifo";
        int fifo = open.Fifo(path);
        using var file = new GreenFile(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), FileAccess.Read);
        byte[] buffer = new byte[10];
        for (byte round = 1; round < 4; round++)
        {
            GreenThread<int> reader = GreenThread.Spawn(() => file.ReadAtAsync(buffer, 0).AsTask());
            GreenThread.SpawnN(() => Turns.PassAsync());
            GreenThread.Spawn(() => Turns.PassAsync()).Wait();
            Assert.False(reader.IsDead);
            Backends.Descriptors.Write(fifo, [round]);
            if (round == 2)
            {
                // The loop moves to a thread of its own.
                Assert.Equal(1, Hubs.GetHub().InvokeAsync(async () => await reader).GetAwaiter().GetResult());
            }

            Assert.Equal(1, reader.Wait());
            Assert.Equal(round, buffer[0]);
        }

        File.Delete(path);
    });
}
