namespace Eventlet.Testing.Cases;

/// <summary>Register, Modify, Unregister: which descriptors are watched, and for what.</summary>
internal static class RegistrationCases
{
    internal static readonly HubCase[] All =
    [
        New("Register_NothingThere_NoEvent", "HubBackend.Wait", "a descriptor that is not ready is not reported", NothingThere),
        New("Register_ReadyAlready_Event", "HubBackend.Register", "readiness that is there already is reported, whatever the trigger", ReadyAlready),
        New("Register_Twice_Replaces", "HubBackend.Register", "a second registration of a descriptor replaces the first", Twice),
        New("Register_EveryToken_ComesBackWhole", "HubBackend.Register", "all 64 bits of the token come back with each event", EveryToken),
        New("Modify_OtherDirection_ReplacesInterestAndToken", "HubBackend.Modify", "interest and token are replaced", ModifyDirection),
        New("Modify_BothAndBack_FollowsTheInterest", "HubBackend.Modify", "a direction is watched while it is in the interest, and only then", ModifyBothAndBack),
        New("Modify_SameInterest_LooksAnew", "HubBackend.Modify", "Modify looks at the readiness anew, whatever the trigger", ModifyLooksAnew),
        New("Modify_NeverRegistered_Throws", "HubBackend.Modify", "a descriptor that is not registered is refused with an IOException", ModifyUnknown),
        New("Modify_AfterUnregister_Throws", "HubBackend.Modify", "a registration that was ended is gone", ModifyAfterUnregister),
        New("Unregister_Ready_NoEvent", "HubBackend.Unregister", "what is not registered any more is not reported", UnregisterReady),
        New("Unregister_UnknownOrTwice_DoesNothing", "HubBackend.Unregister", "it never throws, for whatever number", UnregisterUnknown),
        New("Unregister_Closed_DoesNothing", "HubBackend.Unregister", "the descriptor may be closed already", UnregisterClosed),
        New("Unregister_ThenRegister_WatchesAgain", "HubBackend.Register", "a descriptor may be registered again after its registration has ended", RegisterAgain),
        New("Register_ClosedDescriptor_IOClosedAndNothingLeft", "HubBackend.Register", "a descriptor that is not open is refused with IOClosedException, and nothing is left behind", RegisterClosed),
        New("Register_NegativeDescriptor_IOClosed", "HubBackend.Register", "a negative number is no open descriptor: IOClosedException", RegisterNegative),
        New("Register_BlockingDescriptor_KeepsItsMode", "HubBackend.Register", "the descriptor is not changed: it stays in blocking mode if it was", KeepsMode),
        New("Register_AboveTheLimit_ErrorThatNamesIt", "BackendCapabilities.MaxDescriptor", "a descriptor above the limit is refused with an IOException that names the limit", AboveTheLimit, Needs.MaxDescriptor),
        New("Capabilities_OfTheInstance_AreConstant", "HubBackend.Capabilities", "name and capabilities are constant for the life of the instance", Constant),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body, Func<BackendCapabilities, string?>? whyNot = null) =>
        new(HubCaseLevel.Backend, name, member, promise, body, whyNot);

    private static void NothingThere(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        scene.Backend.Register(reader, Interest.Read, 1);
        scene.ExpectNothing("for an empty pipe");
        TestDescriptors.Fill(writer);
        scene.Backend.Unregister(reader);
        scene.Backend.Register(writer, Interest.Write, 2);
        scene.ExpectNothing("for the writing end of a full pipe");
    }

    private static void ReadyAlready(CaseScene scene)
    {
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 1);
        scene.Expect(1, Readiness.Read, "for an eventfd that was readable before it was registered");
    }

    private static void Twice(CaseScene scene)
    {
        int fd = scene.Fds.Eventfd(1);
        scene.Backend.Register(fd, Interest.Read, 1);
        scene.Backend.Register(fd, Interest.Read, 2);
        scene.Expect(2, Readiness.Read, "after the second registration");
        scene.Backend.Unregister(fd);
        scene.ExpectNothing("after one Unregister of a descriptor that was registered twice");
    }

    private static void EveryToken(CaseScene scene)
    {
        foreach (ulong token in (ulong[])[0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x1_0000_0000, 0xFEDC_BA98_7654_3210, ulong.MaxValue - 1])
        {
            int fd = scene.Fds.Eventfd(1);
            scene.Backend.Register(fd, Interest.Read, token);
            scene.Expect(token, Readiness.Read, $"for the token {token:x}");
            scene.Backend.Unregister(fd);
        }
    }

    private static void ModifyDirection(CaseScene scene)
    {
        (int a, int b) = scene.Fds.SocketPair();
        TestDescriptors.Write(b);
        scene.Backend.Register(a, Interest.Read, 1);
        scene.Backend.Modify(a, Interest.Write, 2);
        scene.Expect(2, Readiness.Write, "after Modify to Write, of a socket that can be read too");
    }

    private static void ModifyBothAndBack(CaseScene scene)
    {
        (int a, int b) = scene.Fds.SocketPair();
        TestDescriptors.Write(b);
        TestDescriptors.Fill(a);
        scene.Backend.Register(a, Interest.Write, 1);
        scene.ExpectNothing("for Write alone, of a full socket");
        scene.Backend.Modify(a, Interest.Read | Interest.Write, 2);
        scene.Expect(2, Readiness.Read, "for Read and Write, of a full socket with data");
        scene.Backend.Modify(a, Interest.Write, 3);
        scene.ExpectNothing("for Write alone again");
        TestDescriptors.Drain(b);
        scene.Expect(3, Readiness.Write, "when there was room again");
    }

    private static void ModifyLooksAnew(CaseScene scene)
    {
        int fd = scene.Fds.Eventfd(1);
        scene.Backend.Register(fd, Interest.Read, 1);
        scene.Expect(1, Readiness.Read, "at first");
        foreach (ulong token in (ulong[])[2, 3, 3, 3])
        {
            scene.Backend.Modify(fd, Interest.Read, token);
            scene.Expect(token, Readiness.Read, "after Modify, of a descriptor that was ready all the time");
        }
    }

    private static void ModifyUnknown(CaseScene scene)
    {
        int fd = scene.Fds.Eventfd(1);
        scene.Throws<IOException>(() => scene.Backend.Modify(fd, Interest.Read, 1), "from Modify");
        scene.ExpectNothing("after a Modify that was refused");
    }

    private static void ModifyAfterUnregister(CaseScene scene)
    {
        int fd = scene.Fds.Eventfd(1);
        scene.Backend.Register(fd, Interest.Read, 1);
        scene.Backend.Unregister(fd);
        scene.Throws<IOException>(() => scene.Backend.Modify(fd, Interest.Read, 2), "from Modify");
        scene.ExpectNothing("after a Modify that was refused");
    }

    private static void UnregisterReady(CaseScene scene)
    {
        int dropped = scene.Fds.Eventfd(1);
        scene.Backend.Register(dropped, Interest.Read, 1);
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 2);
        scene.Backend.Unregister(dropped);
        scene.Expect(2, Readiness.Read, "for the one that is left");
        TestDescriptors.Write(dropped);
        scene.Hold(!scene.Now().Exists(static ready => ready.Token == 1), "an event came for the descriptor that was unregistered");
    }

    private static void UnregisterUnknown(CaseScene scene)
    {
        int fd = scene.Fds.Eventfd();
        scene.Backend.Register(fd, Interest.Read, 1);
        scene.Backend.Unregister(fd);
        foreach (int number in (int[])[fd, fd, -1, int.MinValue, int.MaxValue, scene.Fds.Eventfd(1)])
        {
            scene.Backend.Unregister(number);
        }

        scene.ExpectNothing("afterwards");
    }

    private static void UnregisterClosed(CaseScene scene)
    {
        int fd = scene.High(scene.Fds.Eventfd(1));
        scene.Backend.Register(fd, Interest.Read, 1);
        scene.Fds.Close(fd);
        scene.Backend.Unregister(fd);
        scene.ExpectNothing("for a descriptor that was closed, then unregistered");
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 2);
        scene.Expect(2, Readiness.Read, "for another one afterwards");
    }

    private static void RegisterAgain(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        for (ulong token = 1; token < 20; token++)
        {
            scene.Backend.Register(reader, Interest.Read, token);
            scene.ExpectNothing("for an empty pipe that was registered again");
            TestDescriptors.Write(writer);
            scene.Expect(token, Readiness.Read, "for a pipe that was registered again");
            TestDescriptors.Drain(reader);
            scene.Backend.Unregister(reader);
        }
    }

    private static void RegisterClosed(CaseScene scene)
    {
        int fd = scene.High(scene.Fds.Eventfd(1));
        scene.Fds.Close(fd);
        scene.Throws<IOClosedException>(() => scene.Backend.Register(fd, Interest.Read, 1), "from Register of a closed descriptor");
        scene.ExpectNothing("after a Register that was refused");
        scene.Throws<IOException>(() => scene.Backend.Modify(fd, Interest.Read, 2), "from Modify after a Register that was refused");
        scene.Fds.MoveHigh(scene.Fds.Eventfd(1), fd);
        scene.ExpectNothing("for a number whose registration was refused, when it was opened");
        scene.Backend.Register(fd, Interest.Read, 3);
        scene.Expect(3, Readiness.Read, "when it was registered then");
    }

    private static void RegisterNegative(CaseScene scene)
    {
        scene.Throws<IOClosedException>(() => scene.Backend.Register(-1, Interest.Read, 1), "from Register of -1");
        scene.ExpectNothing("after a Register that was refused");
    }

    private static void KeepsMode(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        TestDescriptors.MakeBlocking(reader);
        scene.Backend.Register(reader, Interest.Read, 1);
        TestDescriptors.Write(writer);
        scene.Expect(1, Readiness.Read, "for a descriptor in blocking mode");
        scene.Backend.Modify(reader, Interest.Read, 2);
        scene.Hold(TestDescriptors.IsBlocking(reader), "the descriptor is non-blocking now");
        scene.Backend.Unregister(reader);
        scene.Hold(TestDescriptors.IsBlocking(reader), "the descriptor is non-blocking after Unregister");
    }

    private static void AboveTheLimit(CaseScene scene)
    {
        int max = scene.Capabilities.MaxDescriptor!.Value;
        int high = scene.Fds.MoveHigh(scene.Fds.Eventfd(1));
        if (high <= max)
        {
            throw new NotApplicableException($"this process may not open descriptors above the backend's limit of {max}");
        }

        IOException error = scene.Throws<IOException>(() => scene.Backend.Register(high, Interest.Read, 1), $"from Register of {high}, above the limit of {max}");
        scene.Hold(error.Message.Contains($"{max}", StringComparison.Ordinal), $"the error does not name the limit of {max}: {error.Message}");
        scene.ExpectNothing("after a Register that was refused");
    }

    private static void Constant(CaseScene scene)
    {
        (string name, BackendCapabilities capabilities) = (scene.Backend.Name, scene.Backend.Capabilities);
        scene.Hold(name.Length > 0 && name.All(static letter => !char.IsAsciiLetterUpper(letter)), $"its name is '{name}', not a word in lower case");
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 1);
        scene.Soon();
        using HubBackend second = scene.NewBackend();
        scene.Hold((name, capabilities) == (scene.Backend.Name, scene.Backend.Capabilities), "they changed after an event");
        scene.Hold((name, capabilities) == (second.Name, second.Capabilities), "a second backend of the same factory has others");
    }
}
