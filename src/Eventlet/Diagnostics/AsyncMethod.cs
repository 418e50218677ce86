using System.Runtime.CompilerServices;

namespace Eventlet.Diagnostics;

/// <summary>
/// The name of the code behind a continuation, a task or a delegate. .NET has no stack of a suspended method, and none of another thread's running one without a
/// debugger; but what a wait resumes is the object of the innermost async method, and its type tells which method that is.
/// </summary>
internal static class AsyncMethod
{
    /// <summary>The name, e.g. "Server.HandleAsync"; null if the object does not tell.</summary>
    internal static string? NameOf(object? code) => code switch
    {
        null => null,
        Delegate { Target: { } target } when StateMachineOf(target.GetType()) is not null => NameOf(target),
        Delegate { Method: { DeclaringType: { } type } method } => Join(type, method.Name),
        _ => StateMachineOf(code.GetType()) is { DeclaringType: { } type } machine ? Join(type, machine.Name) : null,
    };

    // The compiler's machine is the last type argument of the box that the runtime puts around it.
    private static Type? StateMachineOf(Type box)
    {
        Type? last = box.IsGenericType ? box.GetGenericArguments()[^1] : box;
        return typeof(IAsyncStateMachine).IsAssignableFrom(last) ? last : null;
    }

    /// <summary>Undoes the compiler's names: "&lt;RunAsync&gt;d__5" in "Server+&lt;&gt;c__DisplayClass3_0" is Server.RunAsync, and so is each lambda in it.</summary>
    private static string Join(Type type, string member)
    {
        while (type.Name.StartsWith('<') && type.DeclaringType is { } outer)
        {
            type = outer;
        }

        string inner = member;
        while (inner.StartsWith('<') && inner.LastIndexOf('>') is > 0 and var end)
        {
            string rest = inner[(end + 1)..];
            inner = rest.StartsWith("g__", StringComparison.Ordinal) ? rest[3..].Split('|')[0] : inner[1..end];
        }

        // Without the arity of generic types, and without their arguments.
        type = type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type;
        return string.Join('.', (type.FullName ?? type.Name).Split('+').Select(static part => part.Split('`')[0])) + "." + inner;
    }
}
