// Fetches a page and all that it links to, of the same host:   dotnet run [URL]      (without a URL: a little site of its own)
//
// A greenthread for each page, at most eight at once. HttpClient knows nothing of hubs: its tasks end on the thread pool, and each
// await brings its greenthread back to the hub's thread. So the set of pages needs no lock.
using System.Text.RegularExpressions;
using Eventlet;
using Samples;

using var site = args.Length == 0 ? new LocalSite(pages: 20) : null;
using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
var start = new Uri(args.Length > 0 ? args[0] : site!.Address);
var seen = new HashSet<Uri>();
int fetched = 0, failed = 0;

#region recursive crawler
var pool = new GreenPool(8);

async Task VisitAsync(Uri page)
{
    if (!seen.Add(page))
    {
        return;
    }

    foreach (Uri link in await LinksAsync(page))
    {
        // In a worker of a full pool this runs on the worker's own place: it never waits for itself.
        await pool.SpawnNAsync(() => VisitAsync(link));
    }
}

await Hubs.GetHub().InvokeAsync(async () =>
{
    await pool.SpawnNAsync(() => VisitAsync(start));
    await pool.WaitAllAsync();
});
#endregion

Console.WriteLine($"{fetched} pages, {failed} failed");
return failed == 0 ? 0 : 1;

async Task<Uri[]> LinksAsync(Uri page)
{
    try
    {
        // Killing the greenthread would cancel the request.
        string text = await client.GetStringAsync(page, GreenThread.Current!.CancellationToken);
        fetched++;
        Console.WriteLine($"{page.PathAndQuery}: {text.Length} characters");
        return [.. LinksOf(page, text)];
    }
    catch (HttpRequestException error)
    {
        failed++;
        Console.WriteLine($"{page.PathAndQuery}: {error.Message}");
        return [];
    }
}

static IEnumerable<Uri> LinksOf(Uri page, string text) =>
    from Match match in Regex.Matches(text, "href=\"([^\"#]+)")
    let link = new Uri(page, match.Groups[1].Value)
    where link.Host == page.Host && link.Port == page.Port
    select link;
