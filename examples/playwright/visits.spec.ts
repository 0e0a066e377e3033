import { expect } from "@playwright/test";
import { book, hours, test } from "./service";

test("a patient who is early can join once the visit opens", async ({ service, page }) => {
  const visit = await book(service, hours(2), hours(3));
  await page.goto(visit.links[0]);
  await expect(page.getByText("You can join in")).toBeVisible();
  await service.advance({ hours: 2 });
  await page.reload();
  await expect(page.getByRole("button", { name: "Join now" })).toBeVisible();
  await expect(page.getByRole("timer")).toContainText("59:");
});

test("the patient sees that the doctor is there", async ({ service, page }) => {
  const visit = await book(service, hours(0), hours(1));
  await service.addPerson(visit.id, { role: "Presenter", displayName: "Dr. Ada" });
  await page.goto(visit.links[0]);
  await expect(page.getByRole("status").filter({ hasText: "Dr. Ada" })).toBeVisible();
});

test("a patient comes in although the service was busy", async ({ service, page }) => {
  const visit = await book(service, hours(0), hours(1));
  await service.addFault({ operation: "join_call", times: 1, status: 503 });
  await page.goto(visit.links[0]);
  await expect(page.getByRole("heading", { name: "The service is busy" })).toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("button", { name: "Join now" })).toBeVisible();
});

test("a patient who is late learns that the visit is over", async ({ service, page }) => {
  const visit = await book(service, hours(0), hours(1));
  await service.advance({ hours: 1, minutes: 1 });
  await page.goto(visit.links[0]);
  await expect(page.getByRole("heading", { name: "This room has closed" })).toBeVisible();
});
