using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Eventlet.AspNetCore;

/// <summary>Takes the options from the configuration, where the application has one.</summary>
internal sealed class HubTransportOptionsSetup(IServiceProvider services) : IConfigureOptions<HubTransportOptions>
{
    public void Configure(HubTransportOptions options)
    {
        if (services.GetService<IConfiguration>() is not { } configuration)
        {
            return;
        }

        IConfigurationSection section = configuration.GetSection(HubTransportOptions.Section);
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException error)
        {
            throw new OptionsValidationException(
                Options.DefaultName, typeof(HubTransportOptions), [$"the configuration section {HubTransportOptions.Section} cannot be read: {error.Message}"]);
        }
    }
}
