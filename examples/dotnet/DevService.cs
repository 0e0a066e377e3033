using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

/// <summary>A development service for tests: starts it, and sends signed requests to its own operations.</summary>
public sealed class DevService : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly string _folder;
    private readonly HttpClient _client = new();

    public Uri Endpoint { get; }
    public string Key { get; }

    private DevService(Process process, string folder, Uri endpoint, string key)
    {
        (_process, _folder, Endpoint, Key) = (process, folder, endpoint, key);
    }

    public static async Task<DevService> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("openrooms-").FullName;
        var file = Path.Combine(folder, "ready.json");
        string[] options =
        [
            "dev", "--http-port", "0", "--https-port", "0", "--livekit", "simulated",
            "--data", Path.Combine(folder, "data"), "--ready-file", file,
        ];
        var process = Process.Start(new ProcessStartInfo("openrooms", options))!;
        var clock = Stopwatch.StartNew();
        while (!File.Exists(file))
        {
            if (process.HasExited || clock.Elapsed > StartTime)
                throw new InvalidOperationException("The service did not start; run `openrooms dev` to see why.");
            await Task.Delay(20);
        }
        using var ready = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var connection = ready.RootElement.GetProperty("connectionString").GetString()!;
        var endpoint = new Uri(ready.RootElement.GetProperty("http").GetString()!);
        return new DevService(process, folder, endpoint, connection.Split("accesskey=")[1]);
    }

    /// <summary>Begins anew: no rooms, users, faults or requests; the machine's time.</summary>
    public Task ResetAsync() => SendAsync(HttpMethod.Delete, "state");

    public Task AdvanceAsync(TimeSpan amount) =>
        SendAsync(HttpMethod.Post, "clock:advance", new { seconds = amount.TotalSeconds });

    public Task AddFaultAsync(object fault) => SendAsync(HttpMethod.Post, "faults", fault);

    /// <summary>Sends a request to <c>/openrooms/dev/PATH</c>; returns the answer's body.</summary>
    public async Task<string> SendAsync(HttpMethod method, string path, object? body = null)
    {
        var uri = new Uri(Endpoint, $"/openrooms/dev/{path}");
        var content = body is null ? "" : JsonSerializer.Serialize(body);
        var date = DateTimeOffset.UtcNow.ToString("r");
        var digest = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
        var text = $"{method.Method}\n{uri.PathAndQuery}\n{date};{uri.Authority};{digest}";
        var hash = HMACSHA256.HashData(Convert.FromBase64String(Key), Encoding.UTF8.GetBytes(text));
        using var request = new HttpRequestMessage(method, uri) { Content = new StringContent(content) };
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-content-sha256", digest);
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "HMAC-SHA256",
            $"SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={Convert.ToBase64String(hash)}");
        using var response = await _client.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode} {answer}");
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        Directory.Delete(_folder, recursive: true);
        _client.Dispose();
    }
}
