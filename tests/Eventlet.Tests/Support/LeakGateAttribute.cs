using System.Reflection;
using Xunit.v3;

namespace Eventlet.Tests.Support;

/// <summary>Puts a <see cref="LeakGate"/> around each test of the assembly. Tests run one at a time, so what is left is the test's.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class LeakGateAttribute : BeforeAfterTestAttribute
{
    private static LeakGate? s_gate;

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => s_gate = new LeakGate();

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        // What the class holds is the test's as well. xunit disposes it once more, which does nothing then.
        (TestContext.Current.TestClassInstance as IDisposable)?.Dispose();
        s_gate?.Dispose();
    }
}
