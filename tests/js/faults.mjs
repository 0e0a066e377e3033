// What Azure's client does when the first request of a create meets a fault: its requests, the rooms, and the error.
// The program gets the address and the key of a development service, and prints JSON.

import { createHash, createHmac } from "node:crypto";
import { RoomsClient } from "@azure/communication-rooms";
import { AzureKeyCredential } from "@azure/core-auth";

const [endpoint, key] = process.argv.slice(2);
const retryOptions = { maxRetries: 3, retryDelayInMs: 10, maxRetryDelayInMs: 50 };
const rooms = new RoomsClient(endpoint, new AzureKeyCredential(key), { allowInsecureConnection: true, retryOptions });

async function control(method, target, body) {
  const url = new URL(`/openrooms/dev/${target}`, endpoint);
  const content = body ? JSON.stringify(body) : "";
  const date = new Date().toUTCString();
  const digest = createHash("sha256").update(content).digest("base64");
  const text = `${method}\n${url.pathname}${url.search}\n${date};${url.host};${digest}`;
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  const response = await fetch(url, {
    method,
    headers: {
      "x-ms-date": date,
      "x-ms-content-sha256": digest,
      Authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
    },
    ...(content ? { body: content } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}

async function countRooms() {
  let count = 0;
  for await (const _ of rooms.listRooms()) count += 1;
  return count;
}

const FAULTS = {
  "status=429": { status: 429 },
  "status=429; retryAfter=0": { status: 429, retryAfter: 0 },
  "status=429; retryAfter=1; retryAfterDate=true": { status: 429, retryAfter: 1, retryAfterDate: true },
  "status=503": { status: 503 },
  "status=502": { status: 502 },
  "status=408": { status: 408 },
  "cut=beforeAnswer": { cut: "beforeAnswer" },
  "cut=inHead": { cut: "inHead" },
  "cut=inBody": { cut: "inBody" },
  "malformed=true": { malformed: true },
  "rotatedKey=primary": { rotatedKey: "primary" },
  "away=database": { away: "database" },
};
const outcomes = {};
for (const [name, fault] of Object.entries(FAULTS)) {
  await control("DELETE", "state");
  await control("POST", "faults", { ...fault, times: 1 });
  let error = "";
  await rooms.createRoom().catch((raised) => {
    error = raised.name;
  });
  const { value } = await control("GET", "requests");
  await control("DELETE", "faults");
  outcomes[name] = [value.length, await countRooms(), error];
}
console.log(JSON.stringify(outcomes));
