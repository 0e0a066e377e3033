// Runs Azure's Java SDKs against the service that the environment names: every operation, credential and main error.

import com.azure.communication.common.CommunicationIdentifier;
import com.azure.communication.common.CommunicationTokenCredential;
import com.azure.communication.common.CommunicationTokenRefreshOptions;
import com.azure.communication.common.CommunicationUserIdentifier;
import com.azure.communication.identity.CommunicationIdentityAsyncClient;
import com.azure.communication.identity.CommunicationIdentityClient;
import com.azure.communication.identity.CommunicationIdentityClientBuilder;
import com.azure.communication.identity.models.CommunicationTokenScope;
import com.azure.communication.identity.models.CommunicationUserIdentifierAndToken;
import com.azure.communication.identity.models.GetTokenForTeamsUserOptions;
import com.azure.communication.rooms.RoomsAsyncClient;
import com.azure.communication.rooms.RoomsClient;
import com.azure.communication.rooms.RoomsClientBuilder;
import com.azure.communication.rooms.models.CommunicationRoom;
import com.azure.communication.rooms.models.CreateRoomOptions;
import com.azure.communication.rooms.models.ParticipantRole;
import com.azure.communication.rooms.models.RoomParticipant;
import com.azure.communication.rooms.models.UpdateRoomOptions;
import com.azure.core.client.traits.AzureKeyCredentialTrait;
import com.azure.core.client.traits.ConnectionStringTrait;
import com.azure.core.client.traits.EndpointTrait;
import com.azure.core.client.traits.HttpTrait;
import com.azure.core.client.traits.TokenCredentialTrait;
import com.azure.core.credential.AccessToken;
import com.azure.core.credential.AzureKeyCredential;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.RetryOptions;
import com.azure.core.http.rest.Response;
import com.azure.core.util.Context;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

public class Scenario {
    static final String CONNECTION_STRING = System.getenv("OPENROOMS_CONNECTION_STRING");
    static final String ENDPOINT = System.getenv("OPENROOMS_ENDPOINT");
    static final String KEY = CONNECTION_STRING.split("accesskey=")[1];
    static final AccessToken OPERATOR =
            new AccessToken(System.getenv("OPENROOMS_OPERATOR_TOKEN"), OffsetDateTime.now().plusHours(1));
    static final String WRONG_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    static final String UNKNOWN_ROOM = "99475330965778483";
    static final int SEVERAL_PAGES = 260;
    static final List<CommunicationTokenScope> CHAT_AND_VOIP =
            List.of(CommunicationTokenScope.CHAT, CommunicationTokenScope.VOIP);

    public static void main(String[] arguments) throws Exception {
        System.out.println("rooms-" + version(RoomsClient.class) + "-common-" + version(CommunicationIdentifier.class));
        for (Credential credential : Credential.values()) {
            RoomsClient rooms = credential.of(new RoomsClientBuilder()).buildClient();
            CommunicationIdentityClient identities = credential.of(new CommunicationIdentityClientBuilder()).buildClient();
            passes(credential + ": a room", () -> room(rooms));
            passes(credential + ": a roster", () -> roster(rooms, identities));
            passes(credential + ": refused rooms", () -> refusedRooms(rooms));
            passes(credential + ": a user", () -> user(identities));
            passes(credential + ": refused tokens", () -> refusedTokens(identities));

            RoomsAsyncClient asyncRooms = credential.of(new RoomsClientBuilder()).buildAsyncClient();
            CommunicationIdentityAsyncClient asyncIdentities =
                    credential.of(new CommunicationIdentityClientBuilder()).buildAsyncClient();
            passes(credential + ": async", () -> async(asyncRooms, asyncIdentities));
        }
        RoomsClientBuilder rooms = Credential.CONNECTION_STRING.of(new RoomsClientBuilder());
        CommunicationIdentityClient identities =
                Credential.CONNECTION_STRING.of(new CommunicationIdentityClientBuilder()).buildClient();
        passes("rooms over several pages", () -> pages(rooms.buildClient(), rooms.buildAsyncClient()));
        passes("a token credential", () -> tokenCredential(identities));
        passes("a wrong key", Scenario::wrongKey);
        // The threads of some HTTP clients would keep the process alive.
        System.exit(0);
    }

    static String version(Class<?> ofPackage) {
        return ofPackage.getPackage().getImplementationVersion();
    }

    static void room(RoomsClient rooms) {
        OffsetDateTime start = OffsetDateTime.now(ZoneOffset.UTC).plusHours(1).withNano(123_456_700);
        OffsetDateTime sent = start.plusNanos(89);  // The service keeps seven of nine digits.
        CreateRoomOptions options = new CreateRoomOptions().setValidFrom(sent).setValidUntil(sent.plusDays(2));
        Response<CommunicationRoom> created = rooms.createRoomWithResponse(options, Context.NONE);
        CommunicationRoom room = created.getValue();
        equal(201, created.getStatusCode());
        equal(start, room.getValidFrom());
        equal(start.plusDays(2), room.getValidUntil());
        near(OffsetDateTime.now(), room.getCreatedAt());
        equal(room.getCreatedAt(), rooms.getRoom(room.getRoomId()).getCreatedAt());

        OffsetDateTime later = start.plusDays(1);
        UpdateRoomOptions change = new UpdateRoomOptions().setValidFrom(later).setValidUntil(later.plusDays(180));
        equal(later.plusDays(180), rooms.updateRoom(room.getRoomId(), change).getValidUntil());

        rooms.deleteRoom(room.getRoomId());
        refused(404, "NotFound", () -> rooms.getRoom(room.getRoomId()));
    }

    static void roster(RoomsClient rooms, CommunicationIdentityClient identities) {
        CommunicationUserIdentifier first = identities.createUser();
        CommunicationUserIdentifier second = identities.createUser();
        CommunicationUserIdentifier third = identities.createUser();
        CreateRoomOptions options = new CreateRoomOptions().setParticipants(List.of(new RoomParticipant(first)));
        String roomId = rooms.createRoom(options).getRoomId();
        equal(Map.of(first.getId(), ParticipantRole.ATTENDEE), rosterOf(rooms, roomId));

        rooms.addOrUpdateParticipants(roomId, List.of(
                new RoomParticipant(second).setRole(ParticipantRole.CONSUMER),
                new RoomParticipant(first).setRole(ParticipantRole.PRESENTER)));
        Map<String, ParticipantRole> expected =
                Map.of(first.getId(), ParticipantRole.PRESENTER, second.getId(), ParticipantRole.CONSUMER);
        equal(expected, rosterOf(rooms, roomId));

        List<CommunicationIdentifier> removed = Arrays.asList(first, third);
        rooms.removeParticipants(roomId, removed);
        equal(Map.of(second.getId(), ParticipantRole.CONSUMER), rosterOf(rooms, roomId));
    }

    static Map<String, ParticipantRole> rosterOf(RoomsClient rooms, String roomId) {
        Map<String, ParticipantRole> roster = new LinkedHashMap<>();
        for (RoomParticipant participant : rooms.listParticipants(roomId)) {
            roster.put(participant.getCommunicationIdentifier().getRawId(), participant.getRole());
        }
        return roster;
    }

    static void refusedRooms(RoomsClient rooms) {
        OffsetDateTime now = OffsetDateTime.now();
        refused(400, "BadRequest", () -> rooms.getRoom("123"));
        refused(400, "BadRequest", () -> rooms.deleteRoom("invalid_room_id_"));
        refused(404, "NotFound", () -> rooms.listParticipants(UNKNOWN_ROOM).stream().count());
        refused(400, "BadRequest", () -> rooms.createRoom(new CreateRoomOptions().setValidUntil(now.minusDays(1))));
        refused(400, "BadRequest", () -> rooms.updateRoom(UNKNOWN_ROOM, new UpdateRoomOptions().setValidFrom(now)));
        RoomParticipant wrong = new RoomParticipant(new CommunicationUserIdentifier("wrong"));
        refused(400, "BadRequest",
                () -> rooms.createRoom(new CreateRoomOptions().setParticipants(List.of(wrong))));
    }

    static void user(CommunicationIdentityClient identities) {
        CommunicationUserIdentifier user = identities.createUser();
        AccessToken token = identities.getToken(user, CHAT_AND_VOIP, Duration.ofHours(2));
        near(OffsetDateTime.now().plusHours(2), token.getExpiresAt());
        identities.revokeTokens(user);
        identities.deleteUser(user);
        refused(401, "IdentityNotOwned", () -> identities.getToken(user, CHAT_AND_VOIP));

        CommunicationUserIdentifierAndToken both = identities.createUserAndToken(CHAT_AND_VOIP);
        equal(true, both.getUser().getId().startsWith("8:acs:"));
        near(OffsetDateTime.now().plusHours(24), both.getUserToken().getExpiresAt());
    }

    static void refusedTokens(CommunicationIdentityClient identities) {
        CommunicationUserIdentifier user = identities.createUser();
        refused(400, "ValidationError", () -> identities.getToken(user, CHAT_AND_VOIP, Duration.ofMinutes(59)));
        refused(400, "ValidationError", () -> identities.getToken(user, CHAT_AND_VOIP, Duration.ofMinutes(1441)));
        refused(400, "ValidationError", () -> identities.getToken(user, List.of()));
        GetTokenForTeamsUserOptions teams = new GetTokenForTeamsUserOptions(
                "garbage", "9b8a7c6d-0000-4000-8000-000000000001", "9b8a7c6d-0000-4000-8000-000000000002");
        refused(401, "InvalidAccessToken", () -> identities.getTokenForTeamsUser(teams));
    }

    static void async(RoomsAsyncClient rooms, CommunicationIdentityAsyncClient identities) {
        CommunicationUserIdentifier user = identities.createUser().block();
        CommunicationRoom room = rooms.createRoom(new CreateRoomOptions()).block();
        RoomParticipant presenter = new RoomParticipant(user).setRole(ParticipantRole.PRESENTER);
        List<RoomParticipant> roster = rooms.addOrUpdateParticipants(room.getRoomId(), List.of(presenter))
                .thenMany(rooms.listParticipants(room.getRoomId()))
                .collectList()
                .block();
        equal(List.of(user.getId()), roster.stream().map(Scenario::rawId).collect(Collectors.toList()));
        String token = identities.getToken(user, CHAT_AND_VOIP).map(AccessToken::getToken).block();
        equal(3, token.split("\\.").length);
        identities.revokeTokens(user).then(identities.deleteUser(user)).block();
        refused(401, "IdentityNotOwned", () -> identities.getToken(user, CHAT_AND_VOIP).block());
        rooms.deleteRoom(room.getRoomId()).block();
        refused(404, "NotFound", () -> rooms.getRoom(room.getRoomId()).block());
    }

    static String rawId(RoomParticipant participant) {
        return participant.getCommunicationIdentifier().getRawId();
    }

    static void pages(RoomsClient rooms, RoomsAsyncClient asyncRooms) {
        List<String> made = Flux.range(0, SEVERAL_PAGES)
                .flatMap(number -> asyncRooms.createRoom(new CreateRoomOptions()), 8)
                .map(CommunicationRoom::getRoomId)
                .collectList()
                .block();
        List<CommunicationRoom> listed = rooms.listRooms().stream().collect(Collectors.toList());
        List<String> roomIds = listed.stream().map(CommunicationRoom::getRoomId).collect(Collectors.toList());
        equal(true, roomIds.containsAll(made));
        equal(roomIds.size(), new HashSet<>(roomIds).size());
        for (int place = 1; place < listed.size(); place++) {
            equal(false, listed.get(place - 1).getCreatedAt().isBefore(listed.get(place).getCreatedAt()));
        }
        equal(true, rooms.listRooms().streamByPage().count() > 2);
        equal(true, asyncRooms.listRooms().map(CommunicationRoom::getRoomId).collectList().block().containsAll(made));
    }

    static void tokenCredential(CommunicationIdentityClient identities) throws Exception {
        CommunicationUserIdentifierAndToken made = identities.createUserAndToken(CHAT_AND_VOIP);
        String token = made.getUserToken().getToken();
        try (CommunicationTokenCredential fixed = new CommunicationTokenCredential(token)) {
            AccessToken read = fixed.getToken().block();
            equal(token, read.getToken());
            equal(made.getUserToken().getExpiresAt().toEpochSecond(), read.getExpiresAt().toEpochSecond());
        }
        AtomicInteger refreshes = new AtomicInteger();
        CommunicationTokenRefreshOptions options = new CommunicationTokenRefreshOptions(() -> {
            refreshes.incrementAndGet();
            return identities.getToken(made.getUser(), CHAT_AND_VOIP).getToken();
        });
        try (CommunicationTokenCredential refreshed = new CommunicationTokenCredential(options)) {
            near(OffsetDateTime.now().plusHours(24), refreshed.getToken().block().getExpiresAt());
            equal(refreshed.getToken().block().getToken(), refreshed.getToken().block().getToken());
            equal(1, refreshes.get());
        }
    }

    static void wrongKey() {
        AzureKeyCredential wrong = new AzureKeyCredential(WRONG_KEY);
        RoomsClient rooms = new RoomsClientBuilder().endpoint(ENDPOINT).credential(wrong).buildClient();
        CommunicationIdentityClient identities =
                new CommunicationIdentityClientBuilder().endpoint(ENDPOINT).credential(wrong).buildClient();
        refused(401, "Denied", () -> rooms.createRoom(new CreateRoomOptions()));
        refused(401, "Denied", identities::createUser);
    }

    enum Credential {
        CONNECTION_STRING,
        KEY,
        BEARER;

        <B extends ConnectionStringTrait<B> & EndpointTrait<B> & AzureKeyCredentialTrait<B> & TokenCredentialTrait<B>
                & HttpTrait<B>> B of(B builder) {
            builder.retryOptions(new RetryOptions(new FixedDelayOptions(0, Duration.ofMillis(1))));
            switch (this) {
                case CONNECTION_STRING:
                    return builder.connectionString(Scenario.CONNECTION_STRING);
                case KEY:
                    return builder.endpoint(ENDPOINT).credential(new AzureKeyCredential(Scenario.KEY));
                default:
                    return builder.endpoint(ENDPOINT).credential(request -> Mono.just(OPERATOR));
            }
        }
    }

    interface Steps {
        void run() throws Exception;
    }

    static void passes(String name, Steps steps) throws Exception {
        try {
            steps.run();
        } catch (Exception | AssertionError failure) {
            System.out.println("failed: " + name);
            failure.printStackTrace();
            System.exit(1);
        }
        System.out.println("passed: " + name);
    }

    static void equal(Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }

    static void near(OffsetDateTime expected, OffsetDateTime actual) {
        if (Duration.between(expected, actual).abs().compareTo(Duration.ofMinutes(1)) > 0) {
            throw new AssertionError("expected about " + expected + ", got " + actual);
        }
    }

    static void refused(int status, String code, Steps steps) {
        try {
            steps.run();
        } catch (HttpResponseException refusal) {
            equal(status, refusal.getResponse().getStatusCode());
            equal(true, refusal.getMessage().contains(code));
            return;
        } catch (Exception other) {
            throw new AssertionError("expected a refusal with " + code, other);
        }
        throw new AssertionError("expected a refusal with " + code);
    }
}
