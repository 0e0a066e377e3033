/** Problems that keep a person from being heard, seen or connected. */

import { Emitter } from "../emitter";
import type {
  DiagnosticChangedEventArgs,
  LatestValue,
  MediaDiagnostics,
  NetworkDiagnostics,
  UserFacingDiagnosticsFeature,
} from "../types";

type Latest<Kinds> = { -readonly [D in keyof Kinds]?: LatestValue<Kinds[D]> };

/** The diagnostics of the network or the media; a repeated value emits one event. */
class Diagnosing<Kinds extends object> {
  readonly #emitter = new Emitter<{ diagnosticChanged: (args: DiagnosticChangedEventArgs<Kinds>) => void }>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;
  #latest: Latest<Kinds> = {};

  getLatest = (): Latest<Kinds> => ({ ...this.#latest });

  set<D extends keyof Kinds>(diagnostic: D, value: Kinds[D] & (number | boolean)): void {
    if (this.#latest[diagnostic]?.value === value) return;
    const valueType = typeof value === "boolean" ? "DiagnosticFlag" : "DiagnosticQuality";
    this.#latest = { ...this.#latest, [diagnostic]: { value, valueType } };
    this.#emitter.emit("diagnosticChanged", { diagnostic, value, valueType });
  }

  forget(): void {
    this.#emitter.clear();
  }
}

export class Diagnostics implements UserFacingDiagnosticsFeature {
  readonly name = "UserFacingDiagnostics";
  readonly network = new Diagnosing<NetworkDiagnostics>();
  readonly media = new Diagnosing<MediaDiagnostics>();
  readonly remote = {
    isSendingDiagnosticsEnabled: false,
    getLatest: () => ({ diagnostics: [] }),
    startSendingDiagnostics: () => {},
    stopSendingDiagnostics: () => {},
    on: () => {},
    off: () => {},
  };

  forget(): void {
    this.network.forget();
    this.media.forget();
  }
}
