namespace Eventlet.Tests.RandomOperations;

// What happens to descriptors: data, ends, closes, and numbers that mean another file.
internal sealed partial class Episode
{
    /// <summary>One for trampolines and listeners; often an open one.</summary>
    private ModelChannel UsableChannel()
    {
        while (true)
        {
            ModelChannel channel = _model.Channels[_random.Next(Slots)];
            if (!channel.IsClosing && (!channel.IsOpen || channel.Kind != ChannelKind.GreenSocket))
            {
                return channel;
            }

            if (Array.TrueForAll(_model.Channels, static channel => channel.IsClosing || channel is { IsOpen: true, Kind: ChannelKind.GreenSocket }))
            {
                ModelChannel socket = Array.Find(_model.Channels, static channel => !channel.IsClosing)!;
                Close(socket);
            }
        }
    }

    /// <summary>The peer does something; any thread.</summary>
    private void Feed(ModelChannel channel)
    {
        int slot = channel.Slot;
        if (_random.Next(6) == 0)
        {
            _channels.StirGhost(slot);
        }

        if (!channel.IsOpen || channel.IsClosing)
        {
            return;
        }

        int choice = _random.Next(8);
        if (channel.Kind == ChannelKind.PipeWriter)
        {
            FeedWriter(channel, choice);
        }
        else if (choice < 5 && !channel.PeerClosed)
        {
            int count = _random.Next(1, 4);
            _trace.Add("data for", slot, count);
            channel.Bytes += count;
            _channels.Send(slot, count);
        }
        else if (choice < 7 && channel.Kind != ChannelKind.GreenSocket)
        {
            _trace.Add("is drained", slot);
            channel.Drain();
            _channels.Drain(slot);
        }
        else if (choice == 7)
        {
            _trace.Add("its peer closes", slot);
            channel.PeerClosed = true;
            _channels.ClosePeer(slot);
        }
    }

    private void FeedWriter(ModelChannel channel, int choice)
    {
        _trace.Add(choice < 4 ? "is full" : choice < 7 ? "is emptied" : "its peer closes", channel.Slot);
        if (channel.PeerClosed)
        {
            return;
        }

        if (choice < 4)
        {
            channel.Fill();
            _channels.Fill(channel.Slot);
        }
        else if (choice < 7)
        {
            channel.IsFull = false;
            _channels.Empty(channel.Slot);
        }
        else
        {
            channel.PeerClosed = true;
            _channels.ClosePeer(channel.Slot);
        }
    }

    private void CloseOrOpen(ModelChannel channel, bool isRemote)
    {
        if (channel.IsClosing)
        {
            return;
        }

        if (isRemote)
        {
            if (channel is { IsOpen: true, Kind: not ChannelKind.GreenSocket } && _hub.IsRunning)
            {
                _trace.Add("close is announced elsewhere", channel.Slot);
                _model.AnnounceClose(channel, isRemote);
                Hubs.NotifyClose(Channels.NumberOf(channel.Slot));
            }

            return;
        }

        if (!channel.IsOpen)
        {
            Open(channel);
            return;
        }

        int way = _random.Next(3);
        if (way == 0 && channel.Kind is ChannelKind.PipeReader or ChannelKind.Socket)
        {
            // Closed without a word, and told when the number is handed out again.
            _trace.Add("is replaced", channel.Slot);
            _channels.CloseQuietly(channel.Slot);
            Open(channel);
            _model.AnnounceClose(channel, isRemote);
            Hubs.NotifyOpened(Channels.NumberOf(channel.Slot));
            return;
        }

        Close(channel);
        if (way == 1)
        {
            Open(channel);
        }
    }

    private void Close(ModelChannel channel)
    {
        _trace.Add("is closed", channel.Slot);
        bool announces = channel.Kind == ChannelKind.GreenSocket;
        _model.AnnounceClose(channel, isRemote: false);
        channel.IsOpen = false;
        if (!announces)
        {
            Hubs.NotifyClose(Channels.NumberOf(channel.Slot));
        }

        _channels.Close(channel.Slot);
    }

    private void Open(ModelChannel channel)
    {
        channel.Kind = (ChannelKind)_random.Next(4);
        channel.IsOpen = true;
        channel.Bytes = 0;
        channel.PeerClosed = channel.IsFull = false;
        channel.MayBeTold = channel.IsTold = 0;
        _trace.Add("is opened", channel.Slot, (int)channel.Kind);
        _channels.Open(channel.Slot, channel.Kind);
    }
}
