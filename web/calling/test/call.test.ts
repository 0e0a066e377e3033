import { DisconnectReason, RoomEvent, Track } from "livekit-client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Features } from "../src/features/names";
import { LocalVideo } from "../src/streams";
import { DiagnosticQuality, type MediaStreamType } from "../src/types";
import { admission, FakePeer, FakeTrack, freeze, history, proxied, refusal, World } from "./world";

const bob = () => new FakePeer("8:acs:x_bob", "Bob", "Attendee");
const camera = (id = "1") => ({ id: `camera:${id}`, name: `Camera ${id}`, deviceType: "USBCamera" }) as const;

let world: World;
let opened: FakeTrack[];

beforeEach(() => {
  world = new World();
  opened = [];
  vi.stubGlobal(
    "MediaStream",
    class {
      constructor(readonly tracks: FakeTrack[] = []) {}
      getTracks = () => this.tracks;
    },
  );
  vi.stubGlobal("navigator", {
    languages: ["en-GB"],
    mediaDevices: {
      getUserMedia: async (constraints: { video?: { deviceId: { exact: string } } }) => {
        const track = new FakeTrack(constraints.video?.deviceId.exact ?? "sound");
        opened.push(track);
        return new MediaStream([track as unknown as MediaStreamTrack]);
      },
    },
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function promised() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const live = () => opened.filter((track) => track.readyState === "live").map((track) => track.id);

// ------------------------------------------------------------------------------------------------------------ in and out

test("role and participants are known before Connected, and local video follows", async () => {
  world.peers = [bob()];
  const call = world.call({ videoOptions: { localVideoStreams: [new LocalVideo(camera())] } });
  const seen = history(proxied(call));
  let others: number | undefined;
  call.on("stateChanged", () => {
    if (call.state === "Connected") others = call.remoteParticipants.length;
  });
  expect(call.state).toBe("None");
  await call.start();
  expect(seen).toEqual(["Connecting", "role Presenter", "Connected", "+1 -0", "video +1 -0"]);
  expect(others).toBe(1);
  expect(world.room.localParticipant.microphone).toBe(true);
});

test("somebody who has to wait is in the lobby, and goes on by itself", async () => {
  vi.useFakeTimers();
  world.answer = refusal(403, null, "MustWait");
  const { promise, resolve } = promised();
  world.waiting = promise;
  const call = world.call();
  const seen = history(call);
  const started = call.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen).toEqual(["Connecting", "InLobby"]);
  expect(world.asked).toEqual(["join", "wait"]);
  world.answer = admission();
  resolve();
  await started;
  expect(seen).toEqual(["Connecting", "InLobby", "role Presenter", "Connected"]);
  expect(world.asked).toEqual(["join", "wait", "join"]);
});

test("somebody who is declined, or hangs up in the lobby, leaves it", async () => {
  vi.useFakeTimers();
  for (const hangsUp of [false, true]) {
    world = new World();
    world.answer = refusal(403, null, "MustWait");
    const { promise, resolve } = promised();
    world.waiting = promise;
    const call = world.call();
    void call.start();
    await vi.advanceTimersByTimeAsync(1_000);
    world.answer = refusal(403, null, "Declined");
    if (hangsUp) await call.hangUp();
    resolve();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(call.state).toBe("Disconnected");
    expect(call.callEndReason?.code).toBe(hangsUp ? 0 : 403);
    expect(world.asked).toContain(hangsUp ? "stop waiting" : "join");
    expect(world.rooms).toHaveLength(0);
  }
});

test("leaving: streams stop, the reason is set, Disconnected, then the agent's event", async () => {
  const call = await world.connected({ videoOptions: { localVideoStreams: [new LocalVideo(camera())] } });
  const seen = history(call);
  let reasonWas: unknown;
  call.on("stateChanged", () => {
    if (call.state === "Disconnected") reasonWas = [call.callEndReason?.subCode, live(), world.ended.length];
  });
  await call.hangUp();
  expect(seen).toEqual(["Disconnecting", "video +0 -1", "Disconnected"]);
  expect(reasonWas).toEqual([0, [], 0]);
  expect(world.ended).toEqual([call]);
  expect(world.room.disconnected).toBe(true);
  expect(world.sound.stopped).toBe(true);
});

test("a refused call is Disconnected with the reason", async () => {
  world.answer = refusal(403, 5828);
  const call = world.call();
  const seen = history(call);
  await call.start();
  expect(seen).toEqual(["Connecting", "Disconnected"]);
  expect(call.callEndReason).toMatchObject({ code: 403, subCode: 5828 });
  expect(world.rooms).toEqual([]);
});

test("only an unreachable service is reported as no network", async () => {
  const call = await world.connected();
  await call.hangUp();
  expect(call.feature(Features.UserFacingDiagnostics).network.getLatest()).toEqual({});
  world.answer = refusal(0);
  const other = await world.connected();
  expect(other.callEndReason).toMatchObject({ code: 490, subCode: 4502 });
  expect(other.feature(Features.UserFacingDiagnostics).network.getLatest().noNetwork?.value).toBe(true);
});

test("a failed media connection names what the proxy must pass", async () => {
  const complain = vi.spyOn(console, "error").mockImplementation(() => {});
  world.engine = new Error("no WebSocket");
  const call = await world.connected();
  expect(call.callEndReason).toMatchObject({ code: 410, subCode: 3112 });
  expect(complain.mock.calls[0]?.[0]).toContain("must pass /livekit too");
});

test("a media connection that never opens ends the call", async () => {
  vi.useFakeTimers();
  const complain = vi.spyOn(console, "error").mockImplementation(() => {});
  const connecting = promised();
  world.connecting = connecting.promise;
  const call = world.call();
  const starting = call.start();
  await vi.advanceTimersByTimeAsync(19_999);
  expect(call.state).toBe("Connecting");
  await vi.advanceTimersByTimeAsync(1);
  await starting;
  expect(call.callEndReason).toMatchObject({ code: 410, subCode: 3112 });
  expect(complain.mock.calls[0]?.[0]).toContain("must pass /livekit too");
  expect(world.room.disconnected).toBe(true);
  connecting.resolve();
  await vi.runAllTimersAsync();
  expect(call.state).toBe("Disconnected");
});

test("a connected call no longer waits for its connection", async () => {
  vi.useFakeTimers();
  const call = await world.connected();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(call.state).toBe("Connected");
});

test("hanging up during the request for admission ends the call", async () => {
  const answering = promised();
  world.answering = answering.promise;
  const call = world.call();
  const starting = call.start();
  await call.hangUp();
  answering.resolve();
  await starting;
  expect(call.state).toBe("Disconnected");
  expect(world.rooms).toEqual([]);
});

test("hanging up while LiveKit connects ends the call", async () => {
  const connecting = promised();
  world.connecting = connecting.promise;
  const call = world.call();
  const starting = call.start();
  await vi.waitFor(() => expect(world.rooms).toHaveLength(1));
  await call.hangUp();
  connecting.resolve();
  await starting;
  expect(call.state).toBe("Disconnected");
  expect(call.callEndReason).toMatchObject({ code: 0, subCode: 0 });
  expect(world.room.disconnected).toBe(true);
});

test("a removed person stays out, and the reason names the remover", async () => {
  const call = await world.connected();
  world.room.part(DisconnectReason.PARTICIPANT_REMOVED);
  await vi.waitFor(() => expect(call.state).toBe("Disconnected"));
  expect(call.callEndReason).toMatchObject({ code: 0, subCode: 5300 });
  world.room.part(DisconnectReason.ROOM_DELETED);
  expect(world.ended).toHaveLength(1);
});

test("only a presenter ends the call for everyone", async () => {
  const call = await world.connected();
  await call.hangUp({ forEveryone: true });
  expect(world.asked).toContain("end");
  world.answer = admission("Attendee");
  const other = await world.connected();
  await expect(other.hangUp({ forEveryone: true })).rejects.toMatchObject({ code: 403 });
  expect(other.state).toBe("Connected");
});

test("after the call listeners are removed, and features still work", async () => {
  vi.useFakeTimers();
  const call = await world.connected();
  const heard = vi.fn();
  call.on("isMutedChanged", heard);
  await call.hangUp();
  vi.runAllTimers();
  await call.mute();
  expect(heard).not.toHaveBeenCalled();
  for (const factory of Object.values(Features)) {
    if ([Features.DebugInfo, Features.VideoEffects, Features.AudioEffects].includes(factory as never)) continue;
    expect(call.feature<{ name: string }>(factory as never).name).toBe(factory.name);
  }
});

// ------------------------------------------------------------------------------------------------------------- the others

test("participants join, change and leave; a second connection is not another person", async () => {
  const call = await world.connected();
  const seen = history(call);
  const peer = bob();
  world.room.enter(peer);
  world.room.enter(new FakePeer("8:acs:x_bob#2", "Bob again", "Attendee"));
  world.room.enter(new FakePeer("8:acs:x_self#2", "Ada again", "Presenter"));
  const [participant] = proxied(call).remoteParticipants;
  expect(participant).toMatchObject({ displayName: "Bob", role: "Attendee", isMuted: true, state: "Connected" });
  expect(participant?.identifier).toMatchObject({ communicationUserId: "8:acs:x_bob" });

  const changed: string[] = [];
  for (const event of ["isMutedChanged", "displayNameChanged", "roleChanged", "isSpeakingChanged"] as const)
    participant?.on(event, () => changed.push(event));
  peer.publish(Track.Source.Microphone);
  world.room.emit(RoomEvent.TrackSubscribed, {}, {}, peer);
  peer.name = "Robert";
  peer.attributes = { role: "Presenter" };
  world.room.emit(RoomEvent.ParticipantAttributesChanged, {}, peer);
  expect(changed).toEqual(["isMutedChanged", "displayNameChanged", "roleChanged"]);
  // The organiser has withdrawn the name.
  peer.name = " ";
  world.room.emit(RoomEvent.ParticipantNameChanged, " ", peer);
  expect(participant?.displayName).toBeUndefined();
  world.room.leave(peer);
  expect(participant?.state).toBe("Disconnected");
  expect(seen).toEqual(["+1 -0", "+0 -1"]);
});

test("video streams are available while published and not muted", async () => {
  const peer = bob();
  world.peers = [peer];
  const call = await world.connected();
  const streams = call.remoteParticipants[0]?.videoStreams ?? [];
  expect(streams.map((stream) => stream.mediaStreamType)).toEqual<MediaStreamType[]>(["Video", "ScreenSharing"]);
  const [video] = streams;
  const changed = vi.fn();
  video?.on("isAvailableChanged", changed);
  freeze(video?.size);
  peer.publish(Track.Source.Camera, { dimensions: { width: 1280, height: 720 } });
  world.room.emit(RoomEvent.TrackSubscribed, {}, {}, peer);
  expect(video).toMatchObject({ isAvailable: true, isReceiving: true, size: { width: 1280, height: 720 } });
  peer.publish(Track.Source.Camera, { isMuted: true });
  world.room.emit(RoomEvent.TrackMuted, {}, peer);
  expect(video).toMatchObject({ isAvailable: false, isReceiving: false });
  peer.publish(Track.Source.Camera, {
    track: { streamState: Track.StreamState.Paused, attach: () => {}, detach: () => {} },
  });
  world.room.emit(RoomEvent.TrackStreamStateChanged, {}, "paused", peer);
  expect(video).toMatchObject({ isAvailable: true, isReceiving: false });
  expect(changed).toHaveBeenCalledTimes(3);
});

const picture = (mediaStreamTrack: object) => ({
  mediaStreamTrack,
  streamState: Track.StreamState.Active,
  attach: () => {},
  detach: () => {},
});

async function unseenVideo() {
  const peer = bob();
  world.peers = [peer];
  const publication = peer.publish(Track.Source.Camera, { track: undefined });
  const call = await world.connected();
  const [video] = call.remoteParticipants[0]?.videoStreams ?? [];
  return { peer, publication, video };
}

test("a video is received once the app needs it", async () => {
  const { peer, publication, video } = await unseenVideo();
  expect([video?.isAvailable, publication.isDesired]).toEqual([true, false]);
  const stream = video?.getMediaStream();
  expect(publication.isDesired).toBe(true);
  const track = new FakeTrack("theirs");
  publication.track = picture(track);
  world.room.emit(RoomEvent.TrackSubscribed, {}, {}, peer);
  expect((await stream)?.getTracks()).toEqual([track]);
});

test("the MediaStream of a video that does not arrive is refused", async () => {
  vi.useFakeTimers();
  const { video } = await unseenVideo();
  const refused = expect(video?.getMediaStream()).rejects.toMatchObject({ code: 501 });
  await vi.advanceTimersByTimeAsync(10_000);
  await refused;
});

test("current speakers come first, earlier ones follow", async () => {
  const [peer, other] = [bob(), new FakePeer("8:acs:x_eve", "Eve", "Attendee")];
  world.peers = [peer, other];
  const call = await world.connected();
  const feature = call.feature(Features.DominantSpeakers);
  const names = () =>
    feature.dominantSpeakers.speakersList.map((one) => (one as { communicationUserId: string }).communicationUserId);
  world.room.activeSpeakers = [peer];
  world.room.emit(RoomEvent.ActiveSpeakersChanged, []);
  freeze(feature.dominantSpeakers);
  world.room.activeSpeakers = [other];
  world.room.emit(RoomEvent.ActiveSpeakersChanged, []);
  expect(names()).toEqual(["8:acs:x_eve", "8:acs:x_bob"]);
  world.room.activeSpeakers = [];
  world.room.leave(other);
  world.room.emit(RoomEvent.ActiveSpeakersChanged, []);
  expect(names()).toEqual(["8:acs:x_bob"]);
});

test("a presenter mutes and removes others; methods reject with a refusal", async () => {
  const peer = bob();
  peer.publish(Track.Source.Microphone);
  world.peers = [peer];
  const call = proxied(await world.connected());
  const [participant] = call.remoteParticipants;
  await participant?.mute();
  await call.muteAllRemoteParticipants();
  await call.removeParticipant({ communicationUserId: "8:acs:x_bob" });
  expect(world.asked.slice(1)).toEqual(["mute 8:acs:x_bob", "mute 8:acs:x_bob", "remove 8:acs:x_bob"]);
  world.refuses = refusal(403, null, "Forbidden");
  await expect(participant?.mute()).rejects.toMatchObject({ code: 403, subCode: 0 });
});

// -------------------------------------------------------------------------------------------------------------- the role

test("a demotion emits streams, role and capabilities in this order", async () => {
  const call = await world.connected({ videoOptions: { localVideoStreams: [new LocalVideo(camera())] } });
  const seen = history(call);
  call.feature(Features.Capabilities).on("capabilitiesChanged", ({ reason }) => seen.push(reason));
  world.answer = admission("Consumer");
  const [publication] = world.room.localParticipant.published;
  world.room.emit(RoomEvent.LocalTrackUnpublished, publication);
  world.room.localParticipant.attributes = { role: "Consumer" };
  world.room.emit(RoomEvent.ParticipantAttributesChanged, {}, world.room.localParticipant);
  await vi.waitFor(() => expect(call.role).toBe("Consumer"));
  expect(seen).toEqual(["video +0 -1", "role Consumer", "RoleChanged", "muted"]);
  expect(live()).toEqual([]);
  await expect(call.unmute()).rejects.toMatchObject({ code: 403, subCode: 41016 });
  await expect(call.startVideo(new LocalVideo(camera()))).rejects.toMatchObject({ code: 403, subCode: 41027 });
  await expect(call.startScreenSharing()).rejects.toMatchObject({ code: 403, subCode: 41035 });
});

// ----------------------------------------------------------------------------------------------------------------- sound

test("a person who joins muted publishes nothing until they unmute", async () => {
  const call = await world.connected({ audioOptions: { muted: true } });
  expect([call.isMuted, world.room.localParticipant.microphone]).toEqual([true, null]);
  await proxied(call).unmute();
  expect([call.isMuted, world.room.localParticipant.microphone]).toEqual([false, true]);
  await proxied(call).mute();
  expect([call.isMuted, world.room.localParticipant.microphone]).toEqual([true, false]);
});

test("being muted by others differs from muting oneself", async () => {
  const call = await world.connected();
  const seen = history(call);
  const publication = { source: Track.Source.Microphone, track: { mediaStreamTrack: new FakeTrack("sound") } };
  world.room.emit(RoomEvent.TrackMuted, publication, world.room.localParticipant);
  expect(seen).toEqual(["muted", "muted by others"]);
  await call.unmute();
  await call.mute();
  world.room.emit(RoomEvent.TrackMuted, publication, world.room.localParticipant);
  expect(seen.slice(2)).toEqual(["unmuted", "muted"]);
});

test("a refused microphone stays muted, with a diagnostic", async () => {
  const call = await world.connected({ audioOptions: { muted: true } });
  world.room.localParticipant.denies = Object.assign(new Error("denied"), { name: "NotAllowedError" });
  await expect(call.unmute()).rejects.toMatchObject({ code: 400, subCode: 41016 });
  const media = call.feature(Features.UserFacingDiagnostics).media;
  expect([call.isMuted, media.getLatest().microphonePermissionDenied?.value]).toEqual([true, true]);
  world.room.localParticipant.denies = null;
  await call.unmute();
  expect(media.getLatest().microphonePermissionDenied?.value).toBe(false);
});

test("a running call switches to a selected device", async () => {
  const call = await world.connected();
  const device = { id: "microphone:m2", name: "M2", isSystemDefault: false, deviceType: "Microphone" } as const;
  await world.devices.selectMicrophone(device);
  expect(world.room.switched).toEqual([["audioinput", "m2"]]);
  await call.hangUp();
  await world.devices.selectMicrophone(device);
  expect(world.room.switched).toHaveLength(1);
});

test("the others' sound is silenced at once", async () => {
  const call = await world.connected();
  await call.muteIncomingAudio();
  expect([call.isIncomingAudioMuted, world.sound.isMuted]).toEqual([true, true]);
});

// -------------------------------------------------------------------------------------------------------------- pictures

test("a new stream of the same device turns the camera off", async () => {
  const call = proxied(await world.connected());
  await call.startVideo(new LocalVideo(camera()));
  expect([call.isLocalVideoStarted, call.localVideoStreams.length, live()]).toEqual([true, 1, ["1"]]);
  await expect(call.startVideo(new LocalVideo(camera("2")))).rejects.toMatchObject({ code: 400, subCode: 41027 });
  await expect(call.stopVideo(new LocalVideo(camera("2")))).rejects.toMatchObject({ subCode: 41032 });
  await call.stopVideo(new LocalVideo(camera()));
  expect([call.isLocalVideoStarted, call.localVideoStreams.length, live()]).toEqual([false, 0, []]);
  await expect(call.stopVideo(new LocalVideo(camera()))).rejects.toMatchObject({ subCode: 41030 });
  await expect(call.startVideo({} as LocalVideo)).rejects.toMatchObject({ subCode: 41025 });
});

test("switching the camera releases the first one", async () => {
  const call = await world.connected();
  const stream = new LocalVideo(camera());
  await call.startVideo(stream);
  const replaced: unknown[] = [];
  const [published] = world.room.localParticipant.published;
  Object.assign(published ?? {}, { track: { replaceTrack: async (track: FakeTrack) => replaced.push(track.id) } });
  await expect(stream.switchSource(camera())).rejects.toMatchObject({ code: 400, subCode: 43005 });
  await stream.switchSource(camera("2"));
  expect([replaced, live(), stream.source.id]).toEqual([["2"], ["2"], "camera:2"]);
  await stream.getMediaStream();
  await call.hangUp();
  expect(live()).toEqual([]);
});

test("constraints limit each video that the call sends", async () => {
  const constraints = { send: { bitrate: { max: 1_000_000 }, frameHeight: { max: 240 }, frameRate: { max: 20 } } };
  const call = await world.connected({ videoOptions: { localVideoStreams: [new LocalVideo(camera())], constraints } });
  const sent = () => world.room.localParticipant.published[0]?.track as unknown as FakeTrack;
  await vi.waitFor(() => expect(sent().sender.rates).toEqual([750_000, 250_000]));
  expect(sent().constraints).toEqual({ height: { max: 240 }, frameRate: { max: 20 } });
  await call.setConstraints({ video: { send: { bitrate: { max: 5_000_000 } } } });
  expect([sent().sender.rates, sent().constraints]).toEqual([[1_500_000, 500_000], {}]);
  await call.setConstraints({ video: { send: { bitrate: { max: 200_000 } } } });
  await call.stopVideo(new LocalVideo(camera()));
  await call.startVideo(new LocalVideo(camera("2")));
  expect(sent().sender.rates).toEqual([150_000, 50_000]);
  await call.setConstraints({ video: { send: {} } });
  expect(sent().sender.rates).toEqual([1_500_000, 500_000]);
});

test("refused devices are diagnosed as refused, not as missing", async () => {
  navigator.mediaDevices.getUserMedia = async () => {
    throw Object.assign(new Error("no"), { name: "NotAllowedError" });
  };
  const nameless = ["audioinput", "videoinput"].map((kind) => ({ kind, deviceId: "", label: "" }));
  navigator.mediaDevices.enumerateDevices = async () => nameless as MediaDeviceInfo[];
  await world.devices.askDevicePermission({ audio: true, video: true });
  const call = await world.connected({ audioOptions: { muted: true } });
  const latest = call.feature(Features.UserFacingDiagnostics).media.getLatest();
  expect(Object.keys(latest)).toEqual(["microphonePermissionDenied", "cameraPermissionDenied"]);
});

test.each([
  ["NotAllowedError", 403, 43001],
  ["NotFoundError", 412, 43013],
  ["OverconstrainedError", 412, 43013],
  ["NotReadableError", 412, 43014],
])("a camera that fails with %s", async (name, code, subCode) => {
  const call = await world.connected();
  navigator.mediaDevices.getUserMedia = async () => {
    throw Object.assign(new Error("no"), { name });
  };
  await expect(call.startVideo(new LocalVideo(camera()))).rejects.toMatchObject({ code, subCode });
  const denied = call.feature(Features.UserFacingDiagnostics).media.getLatest().cameraPermissionDenied?.value;
  expect([call.localVideoStreams, denied]).toEqual([[], name === "NotAllowedError" ? true : undefined]);
});

test("a disposed preview does not stop the camera of a call", async () => {
  const call = await world.connected();
  const stream = new LocalVideo(camera());
  await stream.getMediaStream();
  expect(live()).toEqual(["1"]);
  stream.dispose();
  expect(live()).toEqual([]);
  await call.startVideo(stream);
  await stream.getMediaStream();
  expect(live()).toEqual(["1"]);
  await call.stopVideo(stream);
  expect(live()).toEqual([]);
});

test("sharing ends with the track and in the browser's own bar", async () => {
  const call = proxied(await world.connected());
  const track = new FakeTrack("screen");
  world.screen = new LocalVideo(new MediaStream([track as unknown as MediaStreamTrack]), "ScreenSharing");
  await call.startScreenSharing();
  await expect(call.startScreenSharing()).rejects.toMatchObject({ code: 400, subCode: 41035 });
  expect([call.isScreenSharingOn, call.isLocalVideoStarted]).toEqual([true, false]);
  track.dispatchEvent(new Event("ended"));
  await vi.waitFor(() => expect(call.isScreenSharingOn).toBe(false));
  await expect(call.stopScreenSharing()).rejects.toMatchObject({ code: 400, subCode: 41041 });
});

test("a screen cannot be shared before the call", async () => {
  await expect(world.call().startScreenSharing()).rejects.toMatchObject({ code: 412, subCode: 41071 });
});

// -------------------------------------------------------------------------------------------------- hands and reactions

test("a raised hand is sent to all and to later people, and ends with its owner", async () => {
  const peer = bob();
  world.peers = [peer];
  const call = await world.connected();
  const hands = call.feature(Features.RaiseHand);
  const raised = () => hands.getRaisedHands().map(({ order }) => order);
  await hands.raiseHand();
  world.room.say(peer, { kind: "hand", raisedAt: Date.now() + 1000 });
  expect(raised()).toEqual([1, 2]);
  const late = new FakePeer("8:acs:x_eve", "Eve", "Attendee");
  world.room.enter(late);
  world.room.emit(RoomEvent.ParticipantActive, late);
  expect(world.room.localParticipant.sent.map(({ to }) => to)).toEqual([undefined, ["8:acs:x_eve"]]);
  world.room.leave(peer);
  await hands.lowerHand();
  expect(raised()).toEqual([]);
  await hands.lowerHand();
});

test("a hand of an unknown person is kept until they are known", async () => {
  const [peer, connecting] = [bob(), promised()];
  world.peers = [peer];
  world.connecting = connecting.promise;
  const call = world.call();
  const starting = call.start();
  await vi.waitFor(() => expect(world.rooms).toHaveLength(1));
  world.room.say(peer, { kind: "hand", raisedAt: 1 });
  connecting.resolve();
  await starting;
  expect(call.feature(Features.RaiseHand).getRaisedHands()).toHaveLength(1);
});

test("only a Presenter lowers the hands of others", async () => {
  const [leader, peer] = [new FakePeer("8:acs:x_eve", "Eve", "Presenter"), bob()];
  world.peers = [leader, peer];
  const call = await world.connected();
  const hands = call.feature(Features.RaiseHand);
  await hands.raiseHand();
  world.room.say(peer, { kind: "lower hands", rawIds: null });
  expect(hands.getRaisedHands()).toHaveLength(1);
  world.room.say(leader, { kind: "lower hands", rawIds: ["8:acs:x_self"] });
  await vi.waitFor(() => expect(hands.getRaisedHands()).toHaveLength(0));
});

test("a reaction is shown for its sender; malformed ones are ignored", async () => {
  const peer = bob();
  world.peers = [peer];
  const call = await world.connected();
  const shown: unknown[] = [];
  call.feature(Features.Reaction).on("reaction", (event) => shown.push([event.identifier, event.reactionMessage]));
  await call.feature(Features.Reaction).sendReaction({ reactionType: "like" });
  world.room.say(peer, { kind: "reaction", reaction: "heart" });
  for (const nonsense of [null, 1, "x", [], { kind: "reaction", reaction: "<b>" }, { kind: "hand", raisedAt: {} }])
    world.room.say(peer, nonsense);
  world.room.say(peer, { kind: "reaction", reaction: "heart" }, "another app's topic");
  expect(shown).toEqual([
    ["8:acs:x_self", { reactionType: "like" }],
    ["8:acs:x_bob", { reactionType: "heart" }],
  ]);
});

// ------------------------------------------------------------------------------------------------------------ diagnostics

test("reconnecting is reported, and the call stays connected", async () => {
  const call = await world.connected();
  const { network } = call.feature(Features.UserFacingDiagnostics);
  const told: unknown[] = [];
  network.on("diagnosticChanged", ({ diagnostic, value }) => told.push([diagnostic, value]));
  freeze(network.getLatest());
  world.room.emit(RoomEvent.SignalReconnecting);
  world.room.emit(RoomEvent.Reconnecting);
  world.room.emit(RoomEvent.Reconnected);
  expect(told).toEqual([
    ["networkReconnect", DiagnosticQuality.Bad],
    ["networkReconnect", DiagnosticQuality.Good],
  ]);
  expect(call.state).toBe("Connected");
});

test("a call that is not restored within a minute is lost", async () => {
  vi.useFakeTimers();
  const call = await world.connected();
  world.room.emit(RoomEvent.SignalReconnecting);
  await vi.advanceTimersByTimeAsync(50_000);
  world.room.emit(RoomEvent.Reconnected);
  await vi.advanceTimersByTimeAsync(50_000);
  world.room.emit(RoomEvent.SignalReconnecting);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(call.state).toBe("Connected");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(call.state).toBe("Disconnected");
  expect(call.callEndReason).toMatchObject({ code: 410, subCode: 3101 });
  expect(world.room.disconnected).toBe(true);
});

test("a call that is restored while the service answers goes on", async () => {
  vi.useFakeTimers();
  const call = await world.connected();
  let answer = () => {};
  world.answering = new Promise((resolve) => {
    answer = resolve;
  });
  world.room.emit(RoomEvent.Reconnecting);
  await vi.advanceTimersByTimeAsync(60_000);
  world.room.emit(RoomEvent.Reconnected);
  answer();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(call.state).toBe("Connected");
});

test("missing features refuse methods and accept listeners", async () => {
  const call = proxied(await world.connected());
  await expect(call.hold()).rejects.toMatchObject({ code: 501 });
  await expect(call.sendDtmf("Num1")).rejects.toMatchObject({ code: 501 });
  expect(() => call.addParticipant({ communicationUserId: "8:acs:x_eve" })).toThrow(/not supported/u);
  expect(() => call.feature({ name: "Nothing" })).toThrow(/not supported/u);
  const { captions } = call.feature(Features.Captions);
  if (captions.kind === "Captions") captions.on("CaptionsReceived", () => {});
  await expect(captions.startCaptions()).rejects.toMatchObject({ code: 501 });
  const answer = await call.feature(Features.CallSurvey).submitSurvey({ overallRating: { score: 5 } });
  expect(answer).toMatchObject({ callId: call.id, overallRating: { score: 5 } });
});

test("an app's library can define members on a call", async () => {
  const call = await world.connected();
  Object.defineProperty(call, "unsubscribe", { configurable: false, value: () => {} });
  for (const name of Object.keys(call))
    expect(Object.getOwnPropertyDescriptor(call, name)?.configurable, name).toBe(true || name === "unsubscribe");
});
