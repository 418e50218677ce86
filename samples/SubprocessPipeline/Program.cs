// What a shell writes as   producer | sort -n | tail -n 3   with this program in the middle:   dotnet run
//
// Three child processes run at once. Between them this program copies, and counts what passes: each copy is a greenthread, a pipe that is
// empty or full suspends only its own, and no thread waits for anything. A process that fails, or an impatient Ctrl-C, ends all of them.
using System.Text;
using Eventlet;

Hub hub = Hubs.GetHub();
using IDisposable signals = hub.CancelOnSignals();
try
{
    hub.Run(PipelineAsync);
    return 0;
}
catch (OperationCanceledException)
{
    await hub.DisposeAsync();
    return 130;
}

static async Task PipelineAsync()
{
    await using GreenSubprocess producer = Start("seq", "200000", "-1", "1");
    await using GreenSubprocess sorter = Start("sort", "-n");
    await using GreenSubprocess last = Start("tail", "-n", "3");
    await producer.StandardInput!.DisposeAsync();
    GreenThread<long> first = GreenThread.Spawn(() => CopyAsync(producer.StandardOutput!, sorter.StandardInput!));
    GreenThread<long> second = GreenThread.Spawn(() => CopyAsync(sorter.StandardOutput!, last.StandardInput!));
    using var result = new StreamReader(last.StandardOutput!, Encoding.ASCII);
    Console.Write(await result.ReadToEndAsync());
    Console.WriteLine($"{await first} bytes into sort, {await second} out of it");
    foreach (GreenSubprocess process in new[] { producer, sorter, last })
    {
        Console.WriteLine(await process.WaitAsync(TimeSpan.FromSeconds(30)));
    }
}

// Their errors go where ours go.
static GreenSubprocess Start(string program, params string[] arguments) =>
    GreenSubprocess.Start(new SubprocessOptions { FileName = program, Arguments = arguments, StandardError = SubprocessRedirect.Inherit });

static async Task<long> CopyAsync(GreenPipe from, GreenPipe to)
{
    byte[] buffer = new byte[64 * 1024];
    long sum = 0;
    for (int count; (count = await from.ReadAsync(buffer)) > 0; sum += count)
    {
        await to.WriteAsync(buffer.AsMemory(0, count));
    }

    await to.DisposeAsync();
    return sum;
}
