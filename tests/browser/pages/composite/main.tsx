/** `CallComposite` as its documentation shows it; the address says who joins which room: #room/rawId/name/token. */

import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { type CallAdapter, CallComposite, createAzureCommunicationCallAdapter } from "@azure/communication-react";
import { createRoot } from "react-dom/client";

declare global {
  interface Window {
    adapter: CallAdapter;
  }
}

const [roomId = "", rawId = "", displayName = "", token = ""] = location.hash.slice(1).split("/").map(decodeURIComponent);

const adapter = await createAzureCommunicationCallAdapter({
  userId: { communicationUserId: rawId },
  displayName,
  credential: new AzureCommunicationTokenCredential(token),
  locator: { roomId },
});
window.adapter = adapter;
const isPhone = matchMedia("(max-width: 480px)").matches;
createRoot(document.getElementById("root") as HTMLElement).render(
  <CallComposite
    adapter={adapter}
    formFactor={isPhone ? "mobile" : "desktop"}
    options={{ surveyOptions: { disableSurvey: true } }}
  />,
);
