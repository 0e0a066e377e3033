// An app as Microsoft's documentation shows it; only package.json and the endpoint in index.html know of openrooms.
import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { CallComposite, createAzureCommunicationCallAdapter } from "@azure/communication-react";
import { createRoot } from "react-dom/client";

// A link of `openrooms demo`: /call/ROOM#TOKEN. The token's own claim says whose it is.
const roomId = location.pathname.split("/")[2];
const token = location.hash.slice(1);

if (roomId && token) {
  const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  const adapter = await createAzureCommunicationCallAdapter({
    userId: { communicationUserId: `8:${claims.skypeid}` },
    displayName: prompt("Your name") ?? "Guest",
    credential: new AzureCommunicationTokenCredential(token),
    locator: { roomId },
  });
  createRoot(document.getElementById("root")).render(
    <CallComposite adapter={adapter} options={{ surveyOptions: { disableSurvey: true } }} />,
  );
  addEventListener("beforeunload", () => adapter.dispose());
}
