using System.Text.Json;

namespace Eventlet.Bench;

/// <summary>All that was measured so far: the content of a JSON file, to which a later run adds.</summary>
public sealed record Results
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = false };

    public Machine? Machine { get; init; }

    /// <summary>Versions of what took part, by name.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Measurement> Measurements { get; init; } = [];

    /// <summary>The figures of bench/Micro: by whom, and by name; nanoseconds, or bytes where the name says so.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Micro { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, double>>();

    /// <summary>What the plots show: by plot and by line, points.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, IReadOnlyList<Point>>> Scaling { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, IReadOnlyList<Point>>>();

    public double? MicroFigure(string by, string name) =>
        Micro.TryGetValue(by, out IReadOnlyDictionary<string, double>? figures) && figures.TryGetValue(name, out double value) ? value : null;

    public Measurement? Find(string workLoad, string server) =>
        Measurements.FirstOrDefault(m => m.WorkLoad == workLoad && m.Server == server);

    /// <summary>What is measured anew replaces what was there of the same server and work load, or adds to it.</summary>
    public Results With(IReadOnlyCollection<Measurement> anew, bool append = false) => this with
    {
        Measurements =
        [
            .. Measurements.Where(old => !anew.Any(m => m.WorkLoad == old.WorkLoad && m.Server == old.Server)),
            .. anew.Select(m => append ? (Find(m.WorkLoad, m.Server) ?? m with { Windows = [], PlainWindows = [] }).Then(m, RoundsOf(m.WorkLoad)) : m),
        ],
    };

    public Results WithMicro(IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> anew) => this with
    {
        Micro = Micro.Where(old => !anew.ContainsKey(old.Key)).Concat(anew).ToDictionary(),
    };

    public Results WithScaling(string plot, IReadOnlyDictionary<string, IReadOnlyList<Point>> lines) => this with
    {
        Scaling = Scaling.Where(old => old.Key != plot)
            .Append(new(plot, Scaling.GetValueOrDefault(plot, lines).Where(old => !lines.ContainsKey(old.Key)).Concat(lines).ToDictionary()))
            .ToDictionary(),
    };

    private int RoundsOf(string workLoad) => Measurements
        .Where(m => m.WorkLoad == workLoad)
        .SelectMany(static m => m.Windows.Concat(m.PlainWindows))
        .Select(static w => w.Round)
        .DefaultIfEmpty()
        .Max();

    public static Results Read(string? file) =>
        file is not null && File.Exists(file) && new FileInfo(file).Length > 0
            ? JsonSerializer.Deserialize<Results>(File.ReadAllText(file), s_json) ?? new Results()
            : new Results();

    public void Write(string file)
    {
        string next = file + ".next";
        File.WriteAllText(next, JsonSerializer.Serialize(this, s_json));
        File.Move(next, file, overwrite: true);
    }
}
