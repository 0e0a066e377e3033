import { CommunicationIdentityClient } from "@azure/communication-identity";
import { RoomsClient } from "@azure/communication-rooms";
import { test as base } from "@playwright/test";
import { DevService } from "openrooms-testing";

export const hours = (count: number) => new Date(Date.now() + count * 3_600_000);

/** Tests with a service for each of Playwright's workers; `livekit: "auto"` gives it a real LiveKit. */
export const test = base.extend<object, { livekit: string; service: DevService }>({
  livekit: ["simulated", { option: true, scope: "worker" }],
  service: [
    async ({ livekit }, use) => {
      const command = process.env.OPENROOMS?.split(" ");
      const service = await DevService.start({ command, options: ["--livekit", livekit] });
      await use(service);
      await service.stop();
    },
    { scope: "worker" },
  ],
});

test.beforeEach(({ service }) => service.reset());

/** Create a room for so many attendees; return its id and their links to its call. */
export async function book(service: DevService, validFrom: Date, validUntil: Date, attendees = 1) {
  const credential = { key: service.key };
  const options = { allowInsecureConnection: true };
  const users = new CommunicationIdentityClient(service.endpoint, credential, options);
  const rooms = new RoomsClient(service.endpoint, credential, options);
  const made = await Promise.all(Array.from({ length: attendees }, () => users.createUserAndToken(["voip"])));
  const participants = made.map(({ user }) => ({ id: user, role: "Attendee" as const }));
  const { id } = await rooms.createRoom({ validFrom, validUntil, participants });
  return { id, links: made.map(({ token }) => `${service.endpoint}/call/${id}#${token}`) };
}
