using Microsoft.AspNetCore.SignalR;

namespace Samples;

/// <summary>What a client may call. "All" are the clients of all servers.</summary>
public sealed class Chat : Hub
{
    /// <summary>Says who one is.</summary>
    public Task Enter(string name)
    {
        Context.Items["name"] = name;
        return Clients.All.SendAsync("Heard", $"* {name} is here", Context.ConnectionAborted);
    }

    /// <summary>Says something to all.</summary>
    public Task Say(string line) => Clients.All.SendAsync("Heard", $"{Name}: {line}", Context.ConnectionAborted);

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(Exception? exception) => Clients.All.SendAsync("Heard", $"* {Name} has left");

    private object Name => Context.Items.TryGetValue("name", out object? name) && name is not null ? name : "somebody";
}
