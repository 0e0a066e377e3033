// A guest's page. With Azure, import @azure/communication-calling and @azure/communication-common instead of `sdk`.
const [state, join, leave, people] = ["state", "join", "leave", "people"].map((id) => document.getElementById(id));
const invitation = location.hash.slice(1);

async function enter() {
  const answer = await fetch(`/entries/${invitation}`, { method: "POST" });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.json();
}

async function start() {
  join.disabled = true;
  const { endpoint, room_id, token, name, starts } = await enter();
  const sdk = await import(`${endpoint}/openrooms/calling/openrooms-calling-1.46.0.js`);
  sdk.configure({ endpoint });
  const credential = new sdk.AzureCommunicationTokenCredential({
    token,
    tokenRefresher: async () => (await enter()).token,
  });
  const client = new sdk.CallClient();
  const devices = await client.getDeviceManager();
  await devices.askDevicePermission({ audio: true, video: true });
  const videoOptions = {
    localVideoStreams: (await devices.getCameras()).slice(0, 1).map((camera) => new sdk.LocalVideoStream(camera)),
  };
  const agent = await client.createCallAgent(credential, { displayName: name });
  const call = agent.join({ roomId: room_id }, { videoOptions });

  call.on("stateChanged", async () => {
    const connected = call.state === "Connected";
    leave.hidden = !connected;
    join.hidden = call.state !== "Disconnected";
    state.textContent = connected ? `${name}, you are in the call.` : `${call.state}...`;
    if (call.state !== "Disconnected") return;
    people.replaceChildren();
    const { code, subCode } = call.callEndReason;
    const closed = `The visit is not open. It starts at ${new Date(starts).toLocaleString()}.`;
    const ended = code === 0 ? "The call is over for you." : `You cannot be in the call (${code}/${subCode}).`;
    state.textContent = subCode === 5829 ? closed : ended;
    join.disabled = false;
    await agent.dispose();
  });
  call.on("remoteParticipantsUpdated", ({ added }) => added.forEach((person) => show(sdk, person)));
  call.remoteParticipants.forEach((person) => show(sdk, person));
  leave.onclick = () => call.hangUp();
}

function show(sdk, person) {
  const watch = (stream) => {
    const figure = document.createElement("figure");
    figure.setAttribute("aria-label", person.displayName);
    let view;
    const render = async () => {
      view?.dispose();
      view = undefined;
      figure.remove();
      if (!stream.isAvailable) return;
      view = await new sdk.VideoStreamRenderer(stream).createView();
      figure.replaceChildren(view.target);
      people.append(figure);
    };
    stream.on("isAvailableChanged", render);
    render();
    return () => figure.remove();
  };
  const forget = new Map();
  const update = ({ added, removed }) => {
    for (const stream of added) forget.set(stream, watch(stream));
    for (const stream of removed) forget.get(stream)?.();
  };
  person.on("videoStreamsUpdated", update);
  person.on("stateChanged", () => {
    if (person.state === "Disconnected") for (const remove of forget.values()) remove();
  });
  update({ added: person.videoStreams, removed: [] });
}

if (invitation) {
  state.textContent = "You can join with camera and microphone.";
  join.hidden = false;
  join.onclick = () =>
    start().catch((error) => {
      state.textContent = error.message;
      join.disabled = false;
    });
}
