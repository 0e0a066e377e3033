using Azure;
using Azure.Communication.Rooms;
using Xunit;

public sealed class VisitsTest : IAsyncLifetime
{
    private DevService _service = null!;
    private RoomsClient _rooms = null!;

    public async Task InitializeAsync()
    {
        _service = await DevService.StartAsync();
        _rooms = new RoomsClient(_service.Endpoint, new AzureKeyCredential(_service.Key));
    }

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task ARoomOfTomorrowOpensTomorrow()
    {
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1);
        CommunicationRoom room = await _rooms.CreateRoomAsync(
            new CreateRoomOptions { ValidFrom = tomorrow, ValidUntil = tomorrow.AddHours(1) });
        var people = $"rooms/{room.Id}/people";
        await Assert.ThrowsAsync<HttpRequestException>(() => _service.SendAsync(HttpMethod.Post, people, new { }));
        await _service.AdvanceAsync(TimeSpan.FromHours(24.1));
        await _service.SendAsync(HttpMethod.Post, people, new { });
    }

    [Fact]
    public async Task AThrottledProgramTriesAgain()
    {
        await _service.AddFaultAsync(new { operation = "create_room", times = 1, status = 429, retryAfter = 1 });
        await _rooms.CreateRoomAsync(new CreateRoomOptions());
    }
}
