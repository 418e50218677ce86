// Reads the titles of several feeds, three at a time, and prints them in the order of the list:   dotnet run [URL...]
//
// Without arguments it serves feeds of its own, one of which is too slow.
using System.Xml.Linq;
using Eventlet;
using Samples;

using var site = args.Length == 0 ? new LocalFeeds() : null;
using var client = new HttpClient();
string[] feeds = args.Length > 0 ? args : site!.Addresses;

#region feed scraper
async Task<string> TitleAsync(string url)
{
    string title = "too slow";
    await CancelScope.MoveOnAfter(TimeSpan.FromSeconds(2), async scope =>
        title = XDocument.Parse(await client.GetStringAsync(url, scope.Token)).Descendants("title").First().Value);
    return title;
}

await Hubs.GetHub().InvokeAsync(async () =>
{
    var pool = new GreenPool(3);
    await foreach (string title in pool.IMapAsync(feeds, TitleAsync))
    {
        Console.WriteLine(title);
    }
});
#endregion
