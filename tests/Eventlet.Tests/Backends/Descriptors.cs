namespace Eventlet.Tests.Backends;

/// <summary>Raw descriptors for tests: those of the conformance suite.</summary>
internal sealed class Descriptors : Eventlet.Testing.TestDescriptors;
