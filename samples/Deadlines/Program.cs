// Code that is cut short by a deadline, and code that must be done in time.   dotnet run
using Eventlet;

string page = "an older page";
foreach (double seconds in (double[])[0, 60])
{
    await Hubs.GetHub().InvokeAsync(() => UpdateAsync(seconds));
}

#region deadlines
async Task UpdateAsync(double seconds)
{
    bool inTime = await CancelScope.MoveOnAfter(TimeSpan.FromSeconds(2), async scope =>   // false: cut short, and that is all
        page = await FetchAsync(seconds, scope.Token));
    await CancelScope.FailAfter(TimeSpan.FromSeconds(10), async scope => await SaveAsync(page));  // GreenTimeoutException
    Console.WriteLine($"in time: {inTime}");
}
#endregion

// A foreign API, which knows only tokens.
static async Task<string> FetchAsync(double seconds, CancellationToken cancellationToken)
{
    await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
    return $"the page, fetched in {seconds} s";
}

static async Task SaveAsync(string page)
{
    await GreenThread.SleepAsync();
    Console.WriteLine($"saved {page}");
}
