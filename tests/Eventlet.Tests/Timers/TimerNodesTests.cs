using Eventlet.Timers;

namespace Eventlet.Tests.Timers;

public class TimerNodesTests
{
    private const int Crowd = 100_000;

    [Fact]
    public void CrowdThatComesAgain_AllocatesNothing_AndGetsTheSameNodesInOrder()
    {
        var nodes = new TimerNodes();
        int[] first = Rent(nodes, Crowd);
        Return(nodes, first, seed: 1);
        int[] again = new int[Crowd];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Crowd; i++)
        {
            again[i] = nodes.Rent();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(first, again);
        Assert.All(again, number => Assert.Equal((0, 0, null), (nodes[number].Previous, nodes[number].Next, nodes[number].Entry)));
    }

    [Fact]
    public void CrowdThatDoesNotComeAgain_IsGivenUpByHalves()
    {
        var nodes = new TimerNodes();
        Return(nodes, Rent(nodes, Crowd), seed: 2);
        int[] capacities = [.. Enumerable.Range(0, 8).Select(_ =>
        {
            Return(nodes, Rent(nodes, 1), seed: 3);
            return nodes.Capacity;
        })];

        Assert.InRange(capacities[0], Crowd / 3, (Crowd / 2) + 1000);
        Assert.Equal(16_384, capacities[^1]);
        Assert.Equal(capacities.OrderDescending(), capacities);
    }

    [Fact]
    public void AfterItWasGivenUp_AsManyAreHandedOutAsBefore()
    {
        var nodes = new TimerNodes();
        Return(nodes, Rent(nodes, Crowd), seed: 4);
        for (int i = 0; i < 8; i++)
        {
            Return(nodes, Rent(nodes, 1), seed: 5);
        }

        int[] again = Rent(nodes, Crowd);
        Assert.Equal(Crowd, again.Distinct().Count());
        Assert.All(again, number => nodes[number].Deadline = number);
        Assert.All(again, number => Assert.Equal(number, nodes[number].Deadline));
    }

    private static int[] Rent(TimerNodes nodes, int count) => [.. Enumerable.Range(0, count).Select(_ => nodes.Rent())];

    // In another order than they were rented in, as timers are cancelled and fire.
    private static void Return(TimerNodes nodes, int[] numbers, int seed)
    {
        int[] shuffled = [.. numbers];
        new Random(seed).Shuffle(shuffled);
        foreach (int number in shuffled)
        {
            nodes.Return(number);
        }
    }
}
