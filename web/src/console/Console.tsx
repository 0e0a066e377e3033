/** The operator's console: who may come in, then the page that the address names. */

import { Router } from "wouter";
import { SessionGate } from "./session";
import { Shell } from "./shell/Shell";

export function Console() {
  return (
    <Router base="/console">
      <SessionGate>
        <Shell />
      </SessionGate>
    </Router>
  );
}
