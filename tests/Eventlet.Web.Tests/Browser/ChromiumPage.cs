using System.Text.Json.Nodes;

namespace Eventlet.Tests.Web.Browser;

/// <summary>A page in <see cref="Chromium"/>.</summary>
internal sealed class ChromiumPage(Chromium browser, string target, string session)
{
    /// <summary>Goes to an address, and waits until the page and its scripts are there.</summary>
    internal async Task GoAsync(string url)
    {
        JsonNode result = await browser.CallAsync(session, "Page.navigate", new JsonObject { ["url"] = url });
        Assert.True(result["errorText"] is null, $"{url}: {result["errorText"]}");
        await EvaluateAsync("document.readyState === 'complete' || new Promise(done => addEventListener('load', () => done(true)))");
    }

    /// <summary>The value of an expression, or of the promise that it makes.</summary>
    internal async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonNode result = await browser.CallAsync(session, "Runtime.evaluate", new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        Assert.True(result["exceptionDetails"] is null, $"{expression}: {result["exceptionDetails"]}");
        return result["result"]!["value"];
    }

    /// <summary>Waits until a condition holds; looks at it whenever the document changes.</summary>
    /// <exception cref="TimeoutException">It does not hold in time; the message has the page's text.</exception>
    internal async Task UntilAsync(string condition)
    {
        string wait = $$"""
            new Promise(done => {
              const holds = () => { try { return {{condition}}; } catch { return false; } };
              const look = () => { if (holds()) { observer.disconnect(); done(true); } };
              const observer = new MutationObserver(look);
              observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
              look();
            })
            """;
        try
        {
            await EvaluateAsync(wait).WaitAsync(TimeSpan.FromSeconds(40));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{condition} does not hold:\n{await EvaluateAsync("document.body.innerText")}");
        }
    }

    /// <summary>Types into whatever has the focus, key by key.</summary>
    internal async Task TypeAsync(string text)
    {
        foreach (char letter in text)
        {
            await browser.CallAsync(session, "Input.dispatchKeyEvent", new JsonObject { ["type"] = "char", ["text"] = letter.ToString() });
        }
    }

    /// <summary>What the page shows, as PNG.</summary>
    internal async Task<byte[]> ScreenshotAsync() =>
        Convert.FromBase64String((await browser.CallAsync(session, "Page.captureScreenshot"))["data"]!.GetValue<string>());

    /// <summary>Calls a method of the protocol for this page.</summary>
    internal Task<JsonNode> CallAsync(string method, JsonObject? parameters = null) => browser.CallAsync(session, method, parameters);

    /// <summary>Closes its window.</summary>
    internal Task CloseAsync() => browser.CallAsync(null, "Target.closeTarget", new JsonObject { ["targetId"] = target });
}
