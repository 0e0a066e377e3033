import { vi } from "vitest";

// Node 20 has no navigator; the page's words ask it for the reader's languages.
vi.stubGlobal("navigator", { languages: ["en-GB"] });
