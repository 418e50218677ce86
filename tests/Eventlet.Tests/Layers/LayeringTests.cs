using ArchUnitNET.Fluent.Syntax.Elements.Types;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Eventlet.Tests.Layers;

/// <summary>The layers of ARCHITECTURE.md: what may know what.</summary>
public class LayeringTests
{
    private static readonly ArchUnitNET.Domain.Architecture s_architecture = new ArchLoader().LoadAssemblies(typeof(Hub).Assembly).Build();

    [Fact]
    public void Loop_OfAllHubs_KnowsNoOperatingSystem() => Hold(
        Types().That().ResideInNamespaceMatching("^Eventlet$").Should().NotDependOnAny(In("^Eventlet\\.Interop")));

    [Fact]
    public void Loop_ExceptTheListOfHubs_KnowsNoConcreteBackend() => Hold(
        Types().That().ResideInNamespaceMatching("^Eventlet$").And().DoNotHaveFullNameMatching("^Eventlet\\.(Hubs|HubSelection)($|[+/<])")
            .Should().NotDependOnAny(In("^Eventlet\\.Backends")));

    [Fact]
    public void Backends_OfAllSystems_KnowNoLoopAndNoGreenThread() => Hold(
        Types().That().ResideInNamespaceMatching("^Eventlet\\.Backends")
            .Should().NotDependOnAny(In("^Eventlet\\.(Waits|Timers|Descriptors|Net|Piping|Processes|Files)"))
            .AndShould().NotDependOnAny(typeof(Hub), typeof(GreenThread), typeof(Hubs)));

    [Theory]
    [InlineData("^Eventlet\\.Waits")]
    [InlineData("^Eventlet\\.Timers")]
    [InlineData("^Eventlet\\.Descriptors")]
    [InlineData("^Eventlet\\.Net")]
    [InlineData("^Eventlet\\.(Piping|Processes|Files|Diagnostics)")]
    public void UpperLayers_OfTheLibrary_NameNoBackend(string layer) => Hold(
        Types().That().ResideInNamespaceMatching(layer).Should().NotDependOnAny(In("^Eventlet\\.Backends")));

    [Theory]
    [InlineData("^Eventlet\\.Waits")]
    [InlineData("^Eventlet\\.Timers")]
    [InlineData("^Eventlet\\.Descriptors")]
    public void LowerLayers_OfTheLoop_KnowNoSocketAndNoSystem(string layer) => Hold(
        Types().That().ResideInNamespaceMatching(layer).Should().NotDependOnAny(In("^Eventlet\\.(Net|Piping|Processes|Files|Interop)")));

    [Theory]
    [InlineData("^Eventlet\\.Synchronization")]
    [InlineData("^Eventlet\\.Pools")]
    public void SynchronizationAndPools_OfTheLibrary_KnowNoSocketNoDescriptorAndNoSystem(string layer) => Hold(
        Types().That().ResideInNamespaceMatching(layer).Should().NotDependOnAny(In("^Eventlet\\.(Net|Descriptors|Backends|Interop)")));

    [Fact]
    public void Interop_OfAllSystems_KnowsNothingAboveIt() => Hold(
        Types().That().ResideInNamespaceMatching("^Eventlet\\.Interop")
            .Should().NotDependOnAny(In("^Eventlet\\.(Waits|Timers|Descriptors|Net|Piping|Processes|Files|Backends)"))
            .AndShould().NotDependOnAny(typeof(Hub), typeof(GreenThread), typeof(Hubs), typeof(HubBackend)));

    private static GivenTypesConjunction In(string namespaces) => Types().That().ResideInNamespaceMatching(namespaces);

    private static void Hold(IArchRule rule) => rule.Check(s_architecture);
}
