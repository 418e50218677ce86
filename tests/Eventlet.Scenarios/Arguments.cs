namespace Eventlet.Scenarios;

/// <summary>Prints its arguments, then the values of the environment variables that they name; the exit code is their number.</summary>
internal static class Arguments
{
    internal static Task<int> RunAsync(string[] args)
    {
        foreach (string argument in args)
        {
            Console.WriteLine(argument);
            Console.Error.WriteLine(Environment.GetEnvironmentVariable(argument));
        }

        return Task.FromResult(args.Length);
    }
}
