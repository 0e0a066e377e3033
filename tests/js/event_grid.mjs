// A receiver as its author writes it for Event Grid: with Microsoft's package, and with its handshake.
// It answers each event with what the package has read. Usage: node event_grid.mjs PORT
import { createServer } from "node:http";
import { EventGridDeserializer, isSystemEvent } from "@azure/eventgrid";

const VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent";
const CALLS = ["CallStarted", "CallEnded", "CallParticipantAdded", "CallParticipantRemoved"].map(
  (name) => `Microsoft.Communication.${name}`,
);
const events = new EventGridDeserializer();

const read = async (kind, body) => {
  if (kind === "SubscriptionValidation") {
    const [event] = await events.deserializeEventGridEvents(body);
    if (isSystemEvent(VALIDATION, event)) return { validationResponse: event.data.validationCode };
  }
  const [event] = await events.deserializeCloudEvents(body);
  const call = CALLS.find((type) => isSystemEvent(type, event));
  return { ...event, call, moment: event.time.getTime() };
};

createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  try {
    response.end(JSON.stringify(await read(request.headers["aeg-event-type"], body)));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(Number(process.argv[2]), "127.0.0.1");
