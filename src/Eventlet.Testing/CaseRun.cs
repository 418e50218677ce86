using System.Runtime.ExceptionServices;

namespace Eventlet.Testing;

/// <summary>A case on its thread. One that does not end, as after a lost wake-up, is abandoned there.</summary>
internal sealed class CaseRun
{
    /// <summary>How long a case that was told to stop may take for it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly HubCase _case;
    private readonly string _hub;
    private readonly Action<CaseScene> _body;
    private readonly CaseScene _scene;
    private readonly ManualResetEventSlim _done = new();
    private HubCaseOutcome _outcome;
    private ExceptionDispatchInfo? _error;

    internal CaseRun(HubCase running, HubFactory factory, Action<CaseScene> body)
    {
        _case = running;
        _hub = factory.Name;
        _body = body;
        _scene = new CaseScene(running, factory);
        new Thread(Run) { IsBackground = true, Name = "case " + running.Name }.Start();
    }

    /// <summary>Waits for its end.</summary>
    internal HubCaseOutcome Join(CancellationToken cancellationToken)
    {
        bool done;
        try
        {
            // One that was ended from outside has failed, even if it came to its end by that.
            done = _done.Wait(HubCase.Limit, cancellationToken) && (!cancellationToken.IsCancellationRequested || _error is not null);
        }
        catch (OperationCanceledException)
        {
            done = false;
        }

        if (!done)
        {
            string doing = _scene.Doing;
            _scene.Stop();
            _done.Wait(s_patience, CancellationToken.None);
            throw new HubConformanceException(_case, _hub, $"it was not done in time; the backend is {doing}");
        }

        _error?.Throw();
        return _outcome;
    }

    private void Run()
    {
        try
        {
            using (_scene)
            {
                if (_scene.WhyNot() is { } whyNot)
                {
                    _outcome = new HubCaseOutcome(whyNot);
                    return;
                }

                _body(_scene);
            }
        }
        catch (NotApplicableException reason)
        {
            _outcome = new HubCaseOutcome(reason.Message);
        }
        catch (HubConformanceException error)
        {
            _error = ExceptionDispatchInfo.Capture(error);
        }
        catch (Exception error)
        {
            // Whatever else comes out of a case came out of the backend, or of the loop because of it.
            _error = ExceptionDispatchInfo.Capture(new HubConformanceException(_case, _hub, $"{error.GetType().Name} came ({error.Message}); the backend was {_scene.Doing}", error));
        }
        finally
        {
            _done.Set();
        }
    }
}
