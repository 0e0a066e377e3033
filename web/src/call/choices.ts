/** The choices with which a person joins, and which of them are remembered. */

import type { Corner } from "./layout/corners";
import type { Layout } from "./layout/scene";

export interface Choices {
  displayName: string;
  microphone: boolean;
  camera: boolean;
  microphoneId: string;
  cameraId: string;
  speakerId: string;
  /** Whether one's own background is blurred. */
  blur: boolean;
  /** Whether a sound is played when somebody waits to be admitted. */
  knocks: boolean;
  layout: Layout;
  /** Where one's own picture stands in a call of two. */
  selfCorner: Corner;
}

const DEVICES = "openrooms.devices";
const NAME = "openrooms.name";

const DEFAULTS: Choices = {
  displayName: "",
  microphone: true,
  camera: true,
  microphoneId: "",
  cameraId: "",
  speakerId: "",
  blur: false,
  knocks: true,
  layout: "automatic",
  selfCorner: "bottom-right",
};

type Stores = { readonly lasting: Storage; readonly tab: Storage };

const browser = (): Stores => ({ lasting: localStorage, tab: sessionStorage });

/** Return the remembered choices; the name only from this tab, since devices may be shared by many people. */
export function recall(stores: () => Stores = browser): Choices {
  try {
    const { lasting, tab } = stores();
    const devices = JSON.parse(lasting.getItem(DEVICES) ?? "{}") as Partial<Choices>;
    return { ...DEFAULTS, ...devices, displayName: tab.getItem(NAME) ?? "" };
  } catch {
    return { ...DEFAULTS };
  }
}

/** Remember the choices if the browser allows it. */
export function remember(choices: Choices, stores: () => Stores = browser): void {
  const { displayName, ...devices } = choices;
  try {
    const { lasting, tab } = stores();
    lasting.setItem(DEVICES, JSON.stringify(devices));
    tab.setItem(NAME, displayName);
  } catch {
    // Joining also works in a browser that forbids storage.
  }
}
