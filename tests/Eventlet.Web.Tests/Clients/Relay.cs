using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;

namespace Eventlet.Tests.Web.Clients;

/// <summary>The SignalR hub that the tests call.</summary>
internal sealed class Relay : Microsoft.AspNetCore.SignalR.Hub
{
#pragma warning disable CA1822 // SignalR calls instance methods only.
    public string Echo(string text) => text;

    public Task TellAll(string text) => Clients.All.SendAsync("Heard", text, Context.ConnectionAborted);

    public int Fail() => throw new Microsoft.AspNetCore.SignalR.HubException("on purpose");

    public async IAsyncEnumerable<int> Count(int to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int i = 0; i < to; i++)
        {
            yield return i;
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public async Task<long> Sum(IAsyncEnumerable<int> numbers)
    {
        long sum = 0;
        await foreach (int number in numbers)
        {
            sum += number;
        }

        return sum;
    }
#pragma warning restore CA1822
}
