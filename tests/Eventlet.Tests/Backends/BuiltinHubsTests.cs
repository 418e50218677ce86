using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Eventlet.Backends;

namespace Eventlet.Tests.Backends;

[Collection(nameof(DescriptorTests))]
public sealed class BuiltinHubsTests
{
    [Fact]
    public void All_InOrderOfPreference_WithAliases()
    {
        Assert.Equal(
            ["epoll/epolls", "kqueue/", "poll/", "select/selects", "io_uring/", "libevent/pyevent"],
            BuiltinHubs.All.Select(factory => $"{factory.Name}/{string.Join(',', factory.Aliases)}"));
        Assert.Equal(4, BuiltinHubs.DefaultCount);
    }

    [Fact]
    public void IsAvailable_EachHub_ProbesAndLeavesNothingOpen()
    {
        // Once before, for what the runtime opens on first use.
        Assert.All(BuiltinHubs.All, factory => factory.IsAvailable(out _));
        IReadOnlySet<Support.Descriptor> before = Support.Descriptors.OfKernelObjects();
        foreach (HubFactory factory in BuiltinHubs.All)
        {
            bool available = factory.IsAvailable(out string? whyNot);
            Assert.Equal(available, whyNot is null);
            Assert.Equal(factory.Name is "epoll" or "poll" or "select" || ((factory.Name is "libevent" or "io_uring") && available), available);
        }

        Assert.Empty(Support.Descriptors.OfKernelObjects().Except(before));
    }

    [Fact]
    public void Kqueue_OnLinux_SaysWhereItExists()
    {
        HubFactory factory = BuiltinHubs.All.Single(factory => factory.Name == "kqueue");
        Assert.False(factory.IsAvailable(out string? whyNot));
        Assert.Contains("kqueue exists on macOS and the BSDs", whyNot, StringComparison.Ordinal);
        Assert.Throws<HubException>(() => factory.Create(new HubOptions()));
    }

    /// <summary>A second copy of the assembly, whose imports find no C library.</summary>
    [Fact]
    public void IsAvailable_WhereEveryImportFails_SaysWhyNot()
    {
        AssemblyLoadContext context = new("no C library", isCollectible: true);
        try
        {
            Assembly copy = context.LoadFromAssemblyPath(typeof(HubFactory).Assembly.Location);
            NativeLibrary.SetDllImportResolver(copy, (name, _, _) => throw new DllNotFoundException($"there is no {name}"));
            Type type = copy.GetType(typeof(BuiltinHubs).FullName!, throwOnError: true)!;
            PropertyInfo all = type.GetProperty(nameof(BuiltinHubs.All), BindingFlags.NonPublic | BindingFlags.Static)!;
            int asked = 0;
            foreach (object factory in (System.Collections.IEnumerable)all.GetValue(null)!)
            {
                object?[] arguments = [null];
                Assert.Equal(false, factory.GetType().GetMethod(nameof(HubFactory.IsAvailable))!.Invoke(factory, arguments));
                string whyNot = Assert.IsType<string>(arguments[0]);
                Assert.True(whyNot == "not built yet" || whyNot.Contains("there is no lib", StringComparison.Ordinal) || whyNot.Contains("exists on macOS", StringComparison.Ordinal), whyNot);
                asked++;
            }

            Assert.Equal(BuiltinHubs.All.Count, asked);

            MethodInfo choose = copy.GetType(typeof(Hubs).FullName!, throwOnError: true)!.GetMethod(nameof(Hubs.GetDefaultHub))!;
            Exception none = Assert.Throws<TargetInvocationException>(() => choose.Invoke(null, null)).InnerException!;
            Assert.Equal(nameof(HubException), none.GetType().Name);
            Assert.StartsWith("this system has no hub: epoll: ", none.Message, StringComparison.Ordinal);
            Assert.All((string[])["; kqueue: ", "; poll: ", "; select: ", "there is no libc"], part => Assert.Contains(part, none.Message, StringComparison.Ordinal));
        }
        finally
        {
            context.Unload();
        }
    }
}
