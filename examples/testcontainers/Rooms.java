import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/** A container of `openrooms dev` for tests. */
final class Rooms {
    private final GenericContainer<?> container;

    /** The access key is 32 bytes in base64. */
    Rooms(String key) {
        container = new GenericContainer<>("openrooms-dev")
                .withEnv("OPENROOMS_ACCESS_KEY", key)
                .withExposedPorts(8721)
                .waitingFor(Wait.forHttp("/openrooms/health").forPort(8721));
    }

    String start() {
        container.start();
        return "http://" + container.getHost() + ":" + container.getMappedPort(8721);
    }
}
