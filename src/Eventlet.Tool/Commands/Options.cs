using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;

namespace Eventlet.Tool.Commands;

/// <summary>The options that several commands share. Each call makes a new one: an option belongs to its command.</summary>
internal static class Options
{
    internal static Option<EndPoint> Endpoint(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "HOST:PORT",
        Required = true,
        CustomParser = result => EndpointParser.TryParse(Text(result), out EndPoint? endpoint)
            ? endpoint
            : Refuse<EndPoint>(result, name, "HOST:PORT"),
    };

    internal static Option<string?> Hub() => new("--hub")
    {
        Description = $"the hub, or a list of which the first available one is taken; without it, {Hubs.EnvironmentVariable} or the default",
        HelpName = "NAME",
    };

    internal static Option<bool> Json() => new("--json") { Description = "one JSON object on standard output, and nothing else" };

    internal static Option<int> Count(string name, string description, int defaultValue) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result => int.TryParse(Text(result), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count
            : Refuse<int>(result, name, "a whole number above 0"),
    };

    internal static Option<TimeSpan> Seconds(string description, double defaultValue) => new("--seconds")
    {
        Description = description,
        HelpName = "S",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(defaultValue),
        CustomParser = result => double.TryParse(Text(result), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : Refuse<TimeSpan>(result, "--seconds", "a number above 0, at most a day"),
    };

    private static string Text(ArgumentResult result) => result.Tokens.Count == 1 ? result.Tokens[0].Value : "";

    private static T? Refuse<T>(ArgumentResult result, string name, string wanted)
    {
        result.AddError($"{name} takes {wanted}, not '{Text(result)}'");
        return default;
    }
}
