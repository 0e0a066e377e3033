/** How well somebody is connected to the call, as the media engine judges it; shown when it is not good. */

import { useConnectionQualityIndicator } from "@livekit/components-react";
import { ConnectionQuality, type Participant } from "livekit-client";
import { type LucideIcon, SignalLow, SignalZero } from "lucide-react";
import { text } from "../languages/text";

const BAD: Partial<Record<ConnectionQuality, [LucideIcon, "quality.poor" | "quality.lost"]>> = {
  [ConnectionQuality.Poor]: [SignalLow, "quality.poor"],
  [ConnectionQuality.Lost]: [SignalZero, "quality.lost"],
};

/** A sign beside a name, with its words for screen readers. */
export function QualityMark({ participant }: { participant: Participant }) {
  const { quality } = useConnectionQualityIndicator({ participant });
  const [Icon, key] = BAD[quality] ?? [];
  if (!Icon || !key) return null;
  return (
    <span className="quality-mark" title={text(key)}>
      <Icon role="img" aria-label={text(key)} />
    </span>
  );
}

/** The same in words, below a name. */
export function QualityLine({ participant }: { participant: Participant }) {
  const { quality } = useConnectionQualityIndicator({ participant });
  const [Icon, key] = BAD[quality] ?? [];
  if (!Icon || !key) return null;
  return (
    <span className="person-role quality-line">
      <Icon aria-hidden="true" /> {text(key)}
    </span>
  );
}
