import { expect, type Page } from "@playwright/test";
import { book, hours, test } from "./service";

// Browsers need a real media engine.
test.use({ livekit: "auto" });

async function join(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Join now" }).click();
}

test("two people see each other until the visit ends", async ({ service, browser }) => {
  const visit = await book(service, hours(0), hours(1), 2);
  const [ada, bo] = await Promise.all([browser.newPage(), browser.newPage()]);
  await join(ada, visit.links[0], "Ada");
  await join(bo, visit.links[1], "Bo");
  await expect(ada.getByRole("article", { name: "Bo" })).toBeVisible();
  await expect(bo.getByRole("article", { name: "Ada" })).toBeVisible();
  await service.advance({ hours: 1 });
  for (const page of [ada, bo]) await expect(page.getByRole("heading", { name: "Time is up" })).toBeVisible();
});
