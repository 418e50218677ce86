using System.Globalization;
using System.Text;
using Eventlet.Descriptors;
using Eventlet.Waits;

namespace Eventlet.Diagnostics;

/// <summary>What a hub holds, as text for people. Where the hub's state may be touched.</summary>
internal static class HubText
{
    internal static string Listeners(Hub hub, int limit)
    {
        var text = new StringBuilder();
        foreach (FdEvent direction in new[] { FdEvent.Read, FdEvent.Write })
        {
            List<(int Fd, IFdWaiter Waiter)> waiters = hub.Table.WaitersOf(direction);
            text.Append(direction == FdEvent.Read ? "READERS: " : "WRITERS: ").Append(waiters.Count).Append('\n');
            List(text, waiters, limit, static (text, each) => text.Append("  descriptor ").Append(each.Fd).Append(": ").Append(Describe(each.Waiter)));
        }

        return text.ToString();
    }

    internal static string Timers(Hub hub, int limit)
    {
        List<HubItem> timers = hub.Timers.ToList();
        timers.Sort((a, b) => hub.Timers.DeadlineOf(a).CompareTo(hub.Timers.DeadlineOf(b)));
        var text = new StringBuilder($"TIMERS: {timers.Count}\n");
        List(text, timers, limit, (text, timer) => text.Append("  in ").Append(Left(hub, timer)).Append(": ").Append(Describe(timer)));
        return text.ToString();
    }

    internal static string GreenThreads(Hub hub, int limit)
    {
        List<GreenThread> greens = hub.ListGreenThreads();
        var text = new StringBuilder($"GREENTHREADS: {greens.Count}\n");
        List(text, greens, limit, (text, green) => Append(text, hub, green));
        return text.ToString();
    }

    internal static string Statistics(Hub hub)
    {
        HubStatistics figures = hub.Statistics;
        return string.Create(CultureInfo.InvariantCulture,
            $"hub {hub.Number} {hub.Name}: {figures.GreenThreads} greenthreads, {figures.Readers} readers, {figures.Writers} writers, {figures.Timers} timers, {figures.Ready} ready; "
            + $"{figures.Turns} turns, {figures.Polls} polls, {figures.Events} events so far{(hub.IsRunning ? "" : "; not running")}\n");
    }

    private static void Append(StringBuilder text, Hub hub, GreenThread green)
    {
        text.Append("  ").Append(green);
        if (ReferenceEquals(hub.CurrentGreen, green))
        {
            text.Append(": running");
        }
        else if (green.HasBegun && green.OldestWait is null)
        {
            text.Append(": ready, or awaits something that is no wait of a hub");
        }

        for (Wait? wait = green.OldestWait; wait is not null; wait = wait.NewerWait)
        {
            text.Append("\n    ").Append(wait.Describe());
            if (wait.IsArmed)
            {
                text.Append(", at most ").Append(Left(hub, wait)).Append(" longer");
            }

            if (AsyncMethod.NameOf(wait.Awaiter) is { } method)
            {
                text.Append(", in ").Append(method);
            }
        }

        if (hub.Debug.SpawnPlaceOf(green) is { } place)
        {
            text.Append("\n    spawned\n").Append(place);
        }
    }

    private static string Describe(object what) => what switch
    {
        Wait { Owner: { } owner } wait => $"{owner} {wait.Describe()}",
        Wait wait => $"somebody outside {wait.Describe()}",
        _ => what.ToString() ?? "",
    };

    private static string Left(Hub hub, HubItem timer) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Max(hub.Timers.DeadlineOf(timer) - hub.Time.Now, 0) / 1e9:0.###} s");

    private static void List<T>(StringBuilder text, List<T> items, int limit, Action<StringBuilder, T> append)
    {
        foreach (T item in items.Take(limit))
        {
            append(text, item);
            text.Append('\n');
        }

        if (items.Count > limit)
        {
            text.Append("  … and ").Append(items.Count - limit).Append(" more\n");
        }
    }
}
