import { createRoot } from "react-dom/client";
import { speakForPage } from "../languages/text";
import { showIcon } from "../shared/branding";
import { App } from "./App";
import { isEmbedded, openEmbedder } from "./embedding";
import { isSame, type Link, takeLink } from "./link";
import "../shared/base.css";
import "./call.css";
import "./talk.css";
import "./tiles.css";

const root = createRoot(document.getElementById("app") as HTMLElement);
const embedder = openEmbedder();
let visits = 0;
let current: Link | null = null;

function show(link: Link | null): void {
  visits += 1;
  current = link;
  root.render(<App key={visits} link={link} embedder={embedder} />);
}

// The token leaves the address at once; the texts may take a moment.
takeLink();
await speakForPage();
showIcon();
document.documentElement.classList.toggle("embedded", isEmbedded(location.search));

// Pasting another link into this tab changes only the fragment, so the browser would not reload the page. Pasting the same
// link again must not end the call.
addEventListener("hashchange", () => {
  const link = takeLink();
  if (!isSame(link, current)) show(link);
});
show(takeLink());
