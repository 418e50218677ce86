using Microsoft.Extensions.Options;

namespace Eventlet.AspNetCore;

/// <summary>Refuses what cannot work, before anything is started, and says what would.</summary>
internal sealed class HubTransportOptionsValidation : IValidateOptions<HubTransportOptions>
{
    private const int MostHubs = 1024;

    public ValidateOptionsResult Validate(string? name, HubTransportOptions options)
    {
        List<string> failures =
        [
            .. Unless(options.Hubs is >= 1 and <= MostHubs, $"Hubs is {options.Hubs}: it must be 1 to {MostHubs}, as many as there are processors is usual"),
            .. Unless(options.Hub is null || !string.IsNullOrWhiteSpace(options.Hub), "Hub is blank: name a hub or a list of them, such as \"io_uring,epoll\", or leave it out"),
            .. Unless(Enum.IsDefined(options.ApplicationScheduling), $"ApplicationScheduling is {options.ApplicationScheduling}: it must be ThreadPool or Hub"),
            .. Unless(options.Backlog >= 1, $"Backlog is {options.Backlog}: it must be at least 1"),
            .. Unless(options.MaxReadBufferSize is not < 0, $"MaxReadBufferSize is {options.MaxReadBufferSize}: it must not be negative; 0 or null is no limit"),
            .. Unless(options.MaxWriteBufferSize is not < 0, $"MaxWriteBufferSize is {options.MaxWriteBufferSize}: it must not be negative; 0 or null is no limit"),
            .. Unless(options.HalfCloseTimeout >= TimeSpan.Zero || options.HalfCloseTimeout == Timeout.InfiniteTimeSpan, $"HalfCloseTimeout is {options.HalfCloseTimeout}: it must not be negative, but for the infinite one"),
            .. Unless(!options.PinThreads || OperatingSystem.IsLinux(), "PinThreads is on: threads can be bound to processors on Linux only"),
            .. Unless(options.CreateBoundListenSocket is not null, "CreateBoundListenSocket is null: leave it at CreateDefaultBoundListenSocket"),
        ];
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures.Select(static failure => $"{nameof(HubTransportOptions)}.{failure}."));
    }

    private static IEnumerable<string> Unless(bool isRight, string failure) => isRight ? [] : [failure];
}
