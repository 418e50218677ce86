using System.Runtime.CompilerServices;
using Eventlet.Tests.Support;
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
        int[] again = new int[Crowd];
        int collections;
        long allocated;
        do
        {
            // Unless a collection of everything comes between, which a busy machine may bring about.
            Return(nodes, first, seed: 1);
            collections = GC.CollectionCount(2);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Crowd; i++)
            {
                again[i] = nodes.Rent();
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        while (GC.CollectionCount(2) != collections);

        Assert.Equal(0, allocated);
        Assert.Equal(first, again);
        Assert.All(again, number => Assert.Equal((0, 0, null), (nodes[number].Previous, nodes[number].Next, nodes[number].Entry)));
    }

    [Fact]
    public void CrowdThatDoesNotComeAgain_IsTheCollectors()
    {
        var nodes = new TimerNodes();
        for (int round = 0; round < 3; round++)
        {
            long before = Measured.Memory();
            Come(nodes);

            // What stays is no more than what stayed after the round before; the first leaves 16,384 nodes of 32 bytes, and a list of them.
            Assert.InRange(Measured.Memory() - before, -100_000, round == 0 ? 700_000 : 100_000);
        }
    }

    [Fact]
    public void AfterItWasGivenUp_AsManyAreHandedOutAsBefore()
    {
        var nodes = new TimerNodes();
        for (int round = 0; round < 3; round++)
        {
            int[] numbers = Rent(nodes, Crowd);
            Assert.Equal(Crowd, numbers.Distinct().Count());
            Assert.All(numbers, number => nodes[number].Deadline = number);
            Assert.All(numbers, number => Assert.Equal(number, nodes[number].Deadline));
            Return(nodes, numbers, seed: 4);
            if (round == 1)
            {
                GC.Collect();
            }
        }
    }

    // In a method of its own: what it has used is on no stack afterwards.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Come(TimerNodes nodes) => Return(nodes, Rent(nodes, Crowd), seed: 2);

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
