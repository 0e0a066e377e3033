import { vi } from "vitest";

// Node 20 has no navigator, from which the page reads the user's languages.
vi.stubGlobal("navigator", { languages: ["en-GB"] });
