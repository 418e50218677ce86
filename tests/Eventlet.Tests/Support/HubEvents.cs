using System.Diagnostics.Tracing;

namespace Eventlet.Tests.Support;

/// <summary>Collects the events of the event source "Eventlet-Hub" while it lives.</summary>
internal sealed class HubEvents : EventListener
{
    private readonly List<(EventLevel Level, string? Name, string Payload)> _events = [];

    /// <summary>Those of one name so far: their values, separated by blanks.</summary>
    internal IReadOnlyList<string> Of(string name, EventLevel level)
    {
        lock (_events)
        {
            return [.. _events.Where(e => e.Name == name && e.Level == level).Select(e => e.Payload)];
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Eventlet-Hub")
        {
            EnableEvents(eventSource, EventLevel.Verbose);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        lock (_events)
        {
            _events.Add((eventData.Level, eventData.EventName, string.Join(' ', eventData.Payload ?? (IEnumerable<object?>)[])));
        }
    }
}
