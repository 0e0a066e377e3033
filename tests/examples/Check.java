import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Uses the example's DevService as its tests do. */
class Check {
    public static void main(String[] arguments) throws Exception {
        String[] command = {arguments[1], "-m", "openrooms"};
        try (DevService service = DevService.start(Path.of(arguments[0]), command)) {
            service.addFault("{\"operation\": \"create_room\", \"status\": 429}");
            if (!service.send("GET", "faults", "").contains("create_room")) throw new IOException("no fault");
            service.reset();
            service.advance(Duration.ofHours(24));
            if (!service.send("GET", "clock", "").contains("\"isMoved\":true")) throw new IOException("no moved clock");
            System.out.println(service.requests());
        }
    }
}
