import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A development service for tests: starts it, and sends signed requests to its own operations. */
public final class DevService implements AutoCloseable {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final Duration START = Duration.ofSeconds(30);

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    /** For Azure's clients, which accept a key over HTTPS only. */
    public final String connectionString;

    private final String endpoint;
    private final String key;

    private DevService(Process process, String connectionString, String endpoint, String key) {
        this.process = process;
        this.connectionString = connectionString;
        this.endpoint = endpoint;
        this.key = key;
    }

    /**
     * Starts {@code openrooms dev} on free ports, and has this JVM trust its certificate instead of public ones, so call
     * it before anything uses TLS. {@code folder} is an empty folder for its data.
     */
    public static DevService start(Path folder, String... command) throws IOException, InterruptedException {
        Path file = folder.resolve("ready.json");
        List<String> line = new ArrayList<>(command.length == 0 ? List.of("openrooms") : List.of(command));
        line.addAll(List.of("dev", "--http-port", "0", "--https-port", "0", "--livekit", "simulated"));
        line.addAll(List.of("--data", folder.resolve("data").toString(), "--ready-file", file.toString()));
        Process process = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.txt").toFile())
                .start();
        Instant end = Instant.now().plus(START);
        while (!Files.exists(file)) {
            if (!process.isAlive() || Instant.now().isAfter(end)) {
                process.destroy();
                throw new IOException("the service did not start: " + folder.resolve("output.txt"));
            }
            Thread.sleep(20);
        }
        String ready = Files.readString(file);
        System.setProperty("javax.net.ssl.trustStore", find(ready, "\"ca\": *\"([^\"]+)").replaceAll("pem$", "p12"));
        System.setProperty("javax.net.ssl.trustStorePassword", "changeit");
        String connectionString = find(ready, "\"connectionString\": *\"([^\"]+)");
        String http = find(ready, "\"http\": *\"([^\"]+)");
        return new DevService(process, connectionString, http, find(connectionString, "accesskey=([^;]+)"));
    }

    /** Begins anew: no rooms, users, faults or requests; the machine's time. */
    public void reset() throws IOException, InterruptedException {
        send("DELETE", "state", "");
    }

    public void advance(Duration amount) throws IOException, InterruptedException {
        send("POST", "clock:advance", "{\"seconds\": " + amount.toSeconds() + "}");
    }

    /** Injects a fault, such as {@code {"operation": "create_room", "times": 1, "status": 429}}. */
    public void addFault(String json) throws IOException, InterruptedException {
        send("POST", "faults", json);
    }

    /** Returns the recorded requests as JSON. */
    public String requests() throws IOException, InterruptedException {
        return send("GET", "requests", "");
    }

    /** Sends a request to {@code /openrooms/dev/PATH}; returns the answer's body. */
    public String send(String method, String path, String body) throws IOException, InterruptedException {
        URI uri = URI.create(endpoint.replaceAll("/$", "") + "/openrooms/dev/" + path);
        String date = DATE.format(Instant.now());
        String digest = base64(sha256(body));
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        String text = String.join(
                "\n", method, uri.getRawPath() + query, date + ";" + uri.getAuthority() + ";" + digest);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(30))
                .header("x-ms-date", date)
                .header("x-ms-content-sha256", digest)
                .header("Authorization", "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
                        + base64(hmac(text)))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
        process.destroyForcibly();
    }

    private byte[] hmac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static String find(String text, String pattern) throws IOException {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IOException("the ready file has no " + pattern);
        }
        return matcher.group(1);
    }
}
