/** Each app as a project of its own: what `npm run eject` promises. test/templates checks what it writes, without installing it. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { checkProject, newPlace, removePlace, root } from "./project.ts";

let place: string;
beforeAll(async () => {
  place = await newPlace();
});
afterAll(() => removePlace(place));

// Under another name and in a folder that is called otherwise. Its demo stands for all, which documentation/ runs.
test("http-caller as my-app installs, builds, passes its tests, and shows its demo", { timeout: 900_000 }, ({ skip }) =>
  checkProject(place, "http-caller", "my-app", skip, { withDemo: true }),
);

// The same code ejects them all, so one more stands for the others. `npm run test:ejected` takes all, in some minutes.
const isWhole = process.env.npm_lifecycle_event === "test:ejected";
const others = (await readdir(join(root, "apps"))).filter((app) =>
  isWhole ? app !== "http-caller" : app === "order-saga",
);

describe.each(others)("%s as a project of its own", { timeout: 900_000 }, (app) => {
  test("installs and passes its tests", ({ skip }) => checkProject(place, app, app, skip));
});
