namespace Eventlet;

/// <summary>An error that nobody has asked for: reported when the greenthread, which alone refers to this, is collected.</summary>
internal sealed class UnobservedFailure(Hub hub, Exception error)
{
    ~UnobservedFailure() => hub.ReportUnobserved(error);
}
