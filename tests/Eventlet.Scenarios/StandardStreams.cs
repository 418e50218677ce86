namespace Eventlet.Scenarios;

/// <summary>Copies standard input to standard output, greenly, and tells on standard error how many bytes and which of the three are non-blocking at the end.</summary>
internal static class StandardStreams
{
    internal static async Task<int> RunAsync(string[] args)
    {
        await Hubs.GetHub().InvokeAsync(async () =>
        {
            await using GreenPipe input = GreenPipe.OpenStandardInput();
            await using GreenPipe output = GreenPipe.OpenStandardOutput();
            await using GreenPipe error = GreenPipe.OpenStandardError();
            int others = 0;
            GreenThread other = GreenThread.Spawn(async () =>
            {
                while (true)
                {
                    others++;
                    await GreenThread.SleepAsync();
                }
            });
            byte[] buffer = new byte[65536];
            long sum = 0;
            try
            {
                for (int count; (count = await input.ReadAsync(buffer)) > 0; sum += count)
                {
                    await output.WriteAsync(buffer.AsMemory(0, count));
                }
            }
            catch (IOException broken) when (broken.HResult == 32)
            {
                await error.WriteAsync("nobody reads\n"u8.ToArray());
            }

            // What is there at once is copied in one go, as far as fairness allows; the others come then.
            await GreenThread.SleepAsync();
            other.Kill();
            Check.That(others > 0);
            string modes = string.Concat(Enumerable.Range(0, 3).Select(fd => IsNonBlocking(fd) ? 'n' : 'b'));
            await error.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{sum} {modes}\n"));
        });
        return 0;
    }

    private static bool IsNonBlocking(int fd) => File.ReadLines($"/proc/self/fdinfo/{fd}")
        .Any(line => line.StartsWith("flags:", StringComparison.Ordinal) && (Convert.ToInt32(line["flags:".Length..].Trim(), 8) & 0x800) != 0);
}
