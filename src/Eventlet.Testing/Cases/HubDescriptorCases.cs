namespace Eventlet.Testing.Cases;

/// <summary>A hub on the backend: waiting for descriptors.</summary>
internal static class HubDescriptorCases
{
    internal static readonly HubCase[] All =
    [
        New("Trampoline_InPlainMain_ReturnsWhenReady", "Hubs.Trampoline", "a blocking call returns when the descriptor is ready", Blocking),
        New("TrampolineAsync_ManyAtOnce_EachGetsItsOwn", "Hubs.TrampolineAsync", "of many who wait each is resumed for its own descriptor", ManyAtOnce),
        New("TrampolineAsync_ReaderAndWriterOfOne_EachForItsDirection", "Hubs.TrampolineAsync", "a reader and a writer of one descriptor are resumed each for its direction", BothDirections),
        New("TrampolineAsync_AgainAndAgain_NeverHangs", "Hubs.TrampolineAsync", "one who waits again for what is ready still is resumed again, whatever the trigger", Again),
        New("TrampolineAsync_RegularFile_AlwaysReady", "Hubs.TrampolineAsync", "a regular file is always ready, on every hub", RegularFile),
        New("TrampolineAsync_Timeout_Throws", "Hubs.TrampolineAsync", "a time-out throws GreenTimeoutException, and the descriptor can be waited for again", TimesOut),
        New("TrampolineAsync_ZeroTimeout_PollsOnce", "Hubs.TrampolineAsync", "a zero time-out polls once before it fires", ZeroTimeout),
        New("TrampolineAsync_ClosedDescriptor_ThrowsAtOnce", "Hubs.TrampolineAsync", "a descriptor that is not open is an IOClosedException at once", Closed),
        New("TrampolineAsync_SecondReader_IsRefused", "Hubs.TrampolineAsync", "a second reader of a descriptor is refused, and the first is not disturbed", SecondReader),
        New("NotifyClose_OfWhatIsWaitedFor_EndsTheWaits", "Hubs.NotifyClose", "whoever waits for a descriptor that is announced as closed gets IOClosedException", NotifyClose),
        New("NotifyClose_AndTheNumberUsedAgainAtOnce_OnlyTheNewWaiterIsResumed", "Hubs.NotifyClose", "an event of an earlier life of a number resumes nobody", Recycled),
        New("Kill_WhileWaitingForADescriptor_LeavesItFree", "GreenThread.Kill", "one who is killed while it waits leaves nothing behind", Killed),
        New("Add_ListenerRemovedWithinTheBatch_IsNotCalled", "Hub.Remove", "a listener that another one has removed within the same batch is not called", RemovedWithinTheBatch),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body) => new(HubCaseLevel.Hub, name, member, promise, body);

    private static void Blocking(CaseScene scene) => scene.OnOwner(_ =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        Hubs.Trampoline(writer, write: true);
        TestDescriptors.Write(writer);
        Hubs.Trampoline(reader, read: true);
        scene.Hold(TestDescriptors.Read(reader) == 8, "the pipe was empty after the trampoline");
    });

    private static void ManyAtOnce(CaseScene scene) => scene.OnHub(async _ =>
    {
        const int Count = 200;
        (int Reader, int Writer)[] pipes = [.. Enumerable.Range(0, Count).Select(_ => scene.Fds.Pipe())];
        int resumed = 0;
        GreenThread[] readers = [.. pipes.Select(pipe => GreenThread.Spawn(async () =>
        {
            await Hubs.TrampolineAsync(pipe.Reader, read: true);
            scene.Hold(TestDescriptors.Read(pipe.Reader) == 8, "a reader was resumed though its pipe was empty");
            resumed++;
        }))];
        await PassAsync();
        for (int i = 0; i < Count; i += 2)
        {
            TestDescriptors.Write(pipes[i].Writer);
            await readers[i];
        }

        scene.Hold(resumed == Count / 2, $"{resumed} readers were resumed for {Count / 2} writes");
        for (int i = 1; i < Count; i += 2)
        {
            TestDescriptors.Write(pipes[i].Writer);
        }

        await Task.WhenAll(readers.Select(static reader => reader.AsTask()));
    });

    private static void BothDirections(CaseScene scene) => scene.OnHub(async _ =>
    {
        (int a, int b) = scene.Fds.SocketPair();
        TestDescriptors.Fill(a);
        GreenThread reader = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, read: true));
        GreenThread writer = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, write: true));
        await PassAsync();
        scene.Hold(!reader.IsDead && !writer.IsDead, "one who waits for a full socket without data was resumed");
        TestDescriptors.Write(b);
        await reader;
        await PassAsync();
        scene.Hold(!writer.IsDead, "the writer was resumed by data to read");
        TestDescriptors.Drain(b);
        await writer;
    });

    private static void Again(CaseScene scene) => scene.OnHub(async _ =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        TestDescriptors.Write(writer, 100);
        for (int i = 0; i < 10; i++)
        {
            await Hubs.TrampolineAsync(reader, read: true);
            TestDescriptors.Read(reader, 1);
        }

        for (int i = 0; i < 10; i++)
        {
            await Hubs.TrampolineAsync(writer, write: true);
        }
    });

    private static void RegularFile(CaseScene scene) => scene.OnHub(async _ =>
    {
        int fd = scene.Fds.RegularFile();
        for (int i = 0; i < 3; i++)
        {
            await Hubs.TrampolineAsync(fd, read: true);
            await Hubs.TrampolineAsync(fd, write: true);
        }
    });

    private static void TimesOut(CaseScene scene) => scene.OnHub(async _ =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        for (int i = 0; i < 3; i++)
        {
            await ThrowsAsync<GreenTimeoutException>(scene, () => Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.FromMilliseconds(1)), "for an empty pipe");
        }

        TestDescriptors.Write(writer);
        await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.FromDays(1));
    });

    private static void ZeroTimeout(CaseScene scene) => scene.OnHub(async _ =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        await ThrowsAsync<GreenTimeoutException>(scene, () => Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.Zero), "for an empty pipe");
        TestDescriptors.Write(writer);
        await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.Zero);
    });

    private static void Closed(CaseScene scene) => scene.OnHub(async _ =>
    {
        int fd = scene.High(scene.Fds.Eventfd(1));
        scene.Fds.Close(fd);
        await GreenThread.SleepAsync();
        await ThrowsAsync<IOException>(scene, () => Hubs.TrampolineAsync(fd, read: true), "for a closed descriptor");
        (int reader, int writer) = scene.Fds.Pipe();
        TestDescriptors.Write(writer);
        await Hubs.TrampolineAsync(reader, read: true);
    });

    private static void SecondReader(CaseScene scene) => scene.OnHub(async _ =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        GreenThread first = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader, read: true));
        await PassAsync();
        await ThrowsAsync<InvalidOperationException>(scene, () => Hubs.TrampolineAsync(reader, read: true), "for a second reader");
        TestDescriptors.Write(writer);
        await first;
    });

    private static void NotifyClose(CaseScene scene) => scene.OnHub(async _ =>
    {
        (int a, int b) = scene.Fds.SocketPair();
        TestDescriptors.Fill(a);
        GreenThread reader = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, read: true));
        GreenThread writer = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, write: true));
        await PassAsync();
        Hubs.NotifyClose(a);
        scene.Fds.Close(a);
        await ThrowsAsync<IOClosedException>(scene, async () => await reader, "for the reader");
        await ThrowsAsync<IOClosedException>(scene, async () => await writer, "for the writer");
    });

    private static void Recycled(CaseScene scene) => scene.OnHub(async _ =>
    {
        int number = scene.High(scene.Fds.Eventfd());
        GreenThread old = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(number, read: true));
        await PassAsync();
        TestDescriptors.Write(number);
        Hubs.NotifyClose(number);
        scene.Fds.Close(number);
        (int reader, int writer) = scene.Fds.Pipe();
        scene.Fds.MoveHigh(reader, number);
        GreenThread anew = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(number, read: true));
        await ThrowsAsync<IOClosedException>(scene, async () => await old, "for who waited before the close");
        await PassAsync();
        scene.Hold(!anew.IsDead, "who waits for an empty pipe was resumed by an event of the number's earlier life");
        TestDescriptors.Write(writer);
        await anew;
    });

    private static void Killed(CaseScene scene) => scene.OnHub(async hub =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        for (int i = 0; i < 10; i++)
        {
            GreenThread victim = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader, read: true));
            await PassAsync();
            victim.Kill();
            await victim;
        }

        scene.Hold(hub.Statistics.Readers == 0, $"{hub.Statistics.Readers} readers are left of those that were killed");
        TestDescriptors.Write(writer);
        await Hubs.TrampolineAsync(reader, read: true);
    });

    private static void RemovedWithinTheBatch(CaseScene scene) => scene.OnHub(async hub =>
    {
        int first = scene.Fds.Eventfd();
        int second = scene.Fds.Eventfd();
        FdListener? one = null;
        FdListener? other = null;
        int calls = 0;
        one = hub.Add(FdEvent.Read, first, _ => Called(other!));
        other = hub.Add(FdEvent.Read, second, _ => Called(one));
        await PassAsync();
        TestDescriptors.Write(first);
        TestDescriptors.Write(second);
        await PassAsync();
        scene.Hold(calls == 1, $"{calls} listeners were called, though the first one removed both");

        void Called(FdListener another)
        {
            calls++;
            hub.Remove(one!);
            hub.Remove(other!);
            hub.Remove(another);
        }
    });

    /// <summary>Lets the hub run what is ready and ask its backend a few times.</summary>
    private static async Task PassAsync()
    {
        Hub hub = Hubs.GetHub();
        long until = hub.Statistics.Polls + 3;
        while (hub.Statistics.Polls < until)
        {
            await GreenThread.SleepAsync();
        }
    }

    private static async Task ThrowsAsync<TException>(CaseScene scene, Func<ValueTask> body, string when) where TException : Exception
    {
        try
        {
            await body();
        }
        catch (TException)
        {
            return;
        }

        throw scene.Failure($"no {typeof(TException).Name} came {when}");
    }
}
