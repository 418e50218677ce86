using Eventlet.Tests.Support;

namespace Eventlet.Tests.OnHubs;

public sealed class CoverageTests
{
    [Theory]
    [InlineData(typeof(EpollHub))]
    [InlineData(typeof(PollHub))]
    [InlineData(typeof(SelectHub))]
    [InlineData(typeof(LibeventHub))]
    [InlineData(typeof(IoUringHub))]
    public void ConformanceClasses_OfEveryKind_RunOnTheHub(Type hub)
    {
        Type[] all = typeof(CoverageTests).Assembly.GetTypes();
        IEnumerable<Type> classes = all.Where(type => type.IsAbstract && type.IsGenericTypeDefinition && DerivesFromHubTests(type) && !IsBaseOfOthers(type));
        HashSet<Type> run = [.. all.Where(type => !type.IsAbstract && type.BaseType is { IsGenericType: true }
            && type.BaseType.GetGenericArguments()[0] == hub).Select(type => type.BaseType!.GetGenericTypeDefinition())];
        Assert.NotEmpty(run);
        Assert.Empty(classes.Where(type => !run.Contains(type)).Select(type => type.Name));
    }

    private static bool IsBaseOfOthers(Type type) => type.Assembly.GetTypes()
        .Any(other => other.IsGenericTypeDefinition && other.BaseType is { IsGenericType: true } && other.BaseType.GetGenericTypeDefinition() == type);

    private static bool DerivesFromHubTests(Type type)
    {
        for (Type? above = type.BaseType; above is not null; above = above.BaseType)
        {
            if (above.IsGenericType && above.GetGenericTypeDefinition() == typeof(HubTests<>))
            {
                return true;
            }
        }

        return false;
    }
}
