namespace Eventlet.Tests.Web.Samples;

internal static class Names
{
    /// <summary>Who has answered each of several requests, one after the other.</summary>
    internal static async Task<List<string>> NamesAsync(this HttpClient client, int count)
    {
        var names = new List<string>();
        for (int i = 0; i < count; i++)
        {
            names.Add(await client.GetStringAsync("who"));
        }

        return names;
    }
}
