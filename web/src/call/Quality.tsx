/** How well somebody is connected to the call, as the media engine judges it; shown when it is not good. */

import { useConnectionQualityIndicator } from "@livekit/components-react";
import { ConnectionQuality, type Participant } from "livekit-client";
import { type LucideIcon, Signal, SignalLow, SignalZero } from "lucide-react";
import { text } from "../languages/text";

interface Bad {
  /** The bars that are lit. */
  readonly Lit: LucideIcon;
  readonly words: "quality.poor" | "quality.lost";
}

const BAD: Partial<Record<ConnectionQuality, Bad>> = {
  [ConnectionQuality.Poor]: { Lit: SignalLow, words: "quality.poor" },
  [ConnectionQuality.Lost]: { Lit: SignalZero, words: "quality.lost" },
};

/** Return what is bad about somebody's connection. */
function useBad(participant: Participant): Bad | undefined {
  return BAD[useConnectionQualityIndicator({ participant }).quality];
}

/** The bars of a signal, of which few are lit. */
function Bars({ Lit }: Bad) {
  return (
    <span className="bars" aria-hidden="true">
      <Signal />
      <Lit />
    </span>
  );
}

/** A sign beside a name, with its words for screen readers. */
export function QualityMark({ participant }: { participant: Participant }) {
  const bad = useBad(participant);
  if (!bad) return null;
  return (
    <span className="quality-mark" role="img" aria-label={text(bad.words)} title={text(bad.words)}>
      <Bars {...bad} />
    </span>
  );
}

/** The same in words, below a name. */
export function QualityLine({ participant }: { participant: Participant }) {
  const bad = useBad(participant);
  if (!bad) return null;
  return (
    <span className="person-role quality-line">
      <Bars {...bad} /> {text(bad.words)}
    </span>
  );
}
