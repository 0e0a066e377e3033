import { createRoot } from "react-dom/client";
import { Home } from "./Home";
import { serviceOf } from "./service";
import "../shared/base.css";
import "./home.css";

createRoot(document.getElementById("app") as HTMLElement).render(<Home service={serviceOf(document)} />);
