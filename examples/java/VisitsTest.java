import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.azure.communication.rooms.RoomsClient;
import com.azure.communication.rooms.RoomsClientBuilder;
import com.azure.communication.rooms.models.CommunicationRoom;
import com.azure.communication.rooms.models.CreateRoomOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VisitsTest {
    @TempDir
    static Path folder;

    static DevService service;
    static RoomsClient rooms;

    @BeforeAll
    static void start() throws Exception {
        service = DevService.start(folder);
        rooms = new RoomsClientBuilder().connectionString(service.connectionString).buildClient();
    }

    @AfterAll
    static void stop() throws Exception {
        service.close();
    }

    @BeforeEach
    void reset() throws Exception {
        service.reset();
    }

    @Test
    void aRoomOfTomorrowOpensTomorrow() throws Exception {
        OffsetDateTime tomorrow = OffsetDateTime.now().plusDays(1);
        CommunicationRoom room = rooms.createRoom(
                new CreateRoomOptions().setValidFrom(tomorrow).setValidUntil(tomorrow.plusHours(1)));
        String people = "rooms/" + room.getRoomId() + "/people";
        assertThrows(IOException.class, () -> service.send("POST", people, "{}"));
        service.advance(Duration.ofHours(24).plusMinutes(1));
        service.send("POST", people, "{}");
    }

    @Test
    void aCreateWhoseAnswerIsLostMakesOneRoom() throws Exception {
        service.addFault("{\"operation\": \"create_room\", \"times\": 1, \"cut\": \"beforeAnswer\"}");
        rooms.createRoom(new CreateRoomOptions());
        assertEquals(1, rooms.listRooms().stream().count());
    }
}
