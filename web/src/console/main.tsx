import { createRoot } from "react-dom/client";
import { Console } from "./Console";
import "../shared/base.css";
import "./console.css";
import "./administration/administration.css";

createRoot(document.getElementById("app") as HTMLElement).render(<Console />);
