import { createRoot } from "react-dom/client";
import { App } from "./App";
import { readLink } from "./link";
import "../shared/base.css";
import "./call.css";

const root = createRoot(document.getElementById("app") as HTMLElement);
let visits = 0;

// Another link pasted into this tab changes only the fragment, so nothing would reload by itself.
function show(): void {
  visits += 1;
  root.render(<App key={visits} link={readLink(location)} />);
}

addEventListener("hashchange", show);
show();
