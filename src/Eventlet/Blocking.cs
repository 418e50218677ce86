namespace Eventlet;

/// <summary>Where blocking calls may stand: outside MAINLOOP.</summary>
internal static class Blocking
{
    internal static void RefuseInMainloop(string call, string asyncForm)
    {
        if (Hub.Running is not null)
        {
            throw InMainloop(call, asyncForm);
        }
    }

    internal static InvalidOperationException InMainloop(string call, string? asyncForm = null) => new(
        $"do not call blocking functions from the mainloop: {call} would stop every greenthread of this hub"
        + (asyncForm is null ? "" : $"; await {asyncForm} instead"));
}
