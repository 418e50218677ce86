using System.Runtime.CompilerServices;
using ArchUnitNET.Fluent;
using ArchUnitNET.Fluent.Syntax.Elements.Types;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Eventlet.AspNetCore;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Eventlet.Tests.Layers;

/// <summary>What the transport may know: the public face of the library, and of ASP.NET Core. A package of its own lives with any version of both.</summary>
public class TransportLayeringTests
{
    private static readonly ArchUnitNET.Domain.Architecture s_architecture = new ArchLoader().LoadAssemblies(typeof(HubTransportOptions).Assembly, typeof(Hub).Assembly).Build();

    [Fact]
    public void Transport_OfTheLibrary_KnowsPublicTypesOnly() => Hold(
        Transport().Should().NotDependOnAny(Types().That().ResideInAssembly(typeof(Hub).Assembly).And().AreNotPublic()));

    [Fact]
    public void Library_GivesTheTransport_NoSpecialView() => Assert.DoesNotContain(
        typeof(Hub).Assembly.GetCustomAttributes(typeof(InternalsVisibleToAttribute), inherit: false).Cast<InternalsVisibleToAttribute>(),
        static friend => friend.AssemblyName.Split(',')[0] == typeof(HubTransportOptions).Assembly.GetName().Name);

    /// <summary>A connection serves clients, and servers other than Kestrel, too.</summary>
    [Fact]
    public void Connections_OfTheTransport_KnowNoServerAndNoHost() => Hold(
        Types().That().ResideInNamespaceMatching("^Eventlet\\.AspNetCore\\.Connections")
            .Should().NotDependOnAny(Types(includeReferenced: true).That().ResideInNamespaceMatching("^Microsoft\\.AspNetCore\\.(Server|Hosting|Builder)"))
            .AndShould().NotDependOnAny(Types().That().ResideInAssembly(typeof(HubTransportOptions).Assembly).And().HaveNameMatching("Listener|Factory|Options|Builder|Setup|Filter|HealthCheck")));

    private static GivenTypesConjunction Transport() => Types().That().ResideInAssembly(typeof(HubTransportOptions).Assembly);

    private static void Hold(IArchRule rule) => rule.Check(s_architecture);
}
