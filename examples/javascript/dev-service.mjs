// Starts a development service for tests, and controls its clock, its faults and its simulated people.
import { spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const START_SECONDS = 30;

export class DevService {
  #stop;

  constructor(endpoint, key, stop = async () => {}) {
    this.endpoint = endpoint;
    this.key = key;
    this.#stop = stop;
  }

  /** Start `openrooms dev` on free ports, with its data in a temporary folder. */
  static async start({ command = ["openrooms"] } = {}) {
    const folder = mkdtempSync(join(tmpdir(), "openrooms-"));
    const file = join(folder, "ready.json");
    const ports = ["--http-port", "0", "--https-port", "0"];
    const [program, ...first] = command;
    const options = ["dev", ...ports, "--livekit", "simulated", "--data", join(folder, "data"), "--ready-file", file];
    const process = spawn(program, [...first, ...options], { stdio: "ignore" });
    const ended = new Promise((resolve) => process.once("close", resolve).once("error", resolve));
    const stop = async () => {
      process.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    };
    const end = Date.now() + START_SECONDS * 1000;
    while (!existsSync(file)) {
      if (process.exitCode !== null || process.pid === undefined || Date.now() > end) {
        await stop();
        throw new Error(`${command.join(" ")} dev did not start; run it in a terminal to see why`);
      }
      await pause(20);
    }
    const { http, connectionString } = JSON.parse(readFileSync(file, "utf8"));
    return new DevService(http, connectionString.split("accesskey=")[1], stop);
  }

  stop() {
    return this.#stop();
  }

  /** Begin anew: no rooms, users, faults or requests; the machine's time. */
  reset() {
    return this.send("DELETE", "state");
  }

  /** Move the clock forward. */
  advance({ hours = 0, minutes = 0, seconds = 0 }) {
    return this.send("POST", "clock:advance", { seconds: (hours * 60 + minutes) * 60 + seconds });
  }

  addFault(fault) {
    return this.send("POST", "faults", fault);
  }

  async requests() {
    return (await this.send("GET", "requests")).value;
  }

  /** Put a participant of the room, or else a new user, into its call. */
  addPerson(roomId, { rawId, role, displayName } = {}) {
    return this.send("POST", `rooms/${roomId}/people`, { rawId, role, displayName });
  }

  async people(roomId) {
    return (await this.send("GET", `rooms/${roomId}/people`)).value;
  }

  /** `action` is leave, mute, unmute, loseConnection or reconnect. */
  act(roomId, { rawId }, action) {
    return this.send("POST", `rooms/${roomId}/people/${encodeURIComponent(rawId)}:${action}`);
  }

  /** Send a signed request to one of the service's own operations; the REST API's page lists them. */
  async send(method, path, body) {
    const url = new URL(`/openrooms/dev/${path}`, this.endpoint);
    const content = body === undefined ? "" : JSON.stringify(body);
    const response = await fetch(url, {
      method,
      headers: this.#sign(method, url, content),
      body: content || undefined,
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return answer ? JSON.parse(answer) : undefined;
  }

  #sign(method, url, content) {
    const date = new Date().toUTCString();
    const digest = createHash("sha256").update(content).digest("base64");
    const text = `${method}\n${url.pathname}${url.search}\n${date};${url.host};${digest}`;
    const signature = createHmac("sha256", Buffer.from(this.key, "base64")).update(text).digest("base64");
    return {
      "x-ms-date": date,
      "x-ms-content-sha256": digest,
      Authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
    };
  }
}
