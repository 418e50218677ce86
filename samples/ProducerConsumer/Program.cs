// Three producers, two consumers, and a queue between them with room for four:   dotnet run
using Eventlet;

var queue = new GreenQueue<int>(maxSize: 4);
int sum = 0;

#region producer and consumer
async Task ProduceAsync(int from)
{
    for (int i = from; i < from + 10; i++)
    {
        await queue.PutAsync(i);                     // waits while the queue is full
    }
}

async Task ConsumeAsync()
{
    await foreach (int item in queue)                // until the queue is closed and empty
    {
        await GreenThread.SleepAsync();              // here the work would be
        sum += item;                                 // one hub, one thread: no lock
    }
}

await TaskGroup.RunAsync(async all =>
{
    all.SpawnN(ConsumeAsync);
    all.SpawnN(ConsumeAsync);
    await TaskGroup.RunAsync(producers =>
    {
        for (int i = 0; i < 3; i++)
        {
            int from = i * 10;
            producers.SpawnN(() => ProduceAsync(from));
        }

        return Task.CompletedTask;
    });
    queue.Close();                                   // all producers have ended
});
#endregion

Console.WriteLine($"the sum of 0 to 29 is {sum}");
