/** An app as a project of its own, under another name and in a folder that is called otherwise: what `npm run eject` promises. */
import { afterAll, beforeAll, test } from "vitest";
import { checkProject, newPlace, removePlace } from "./project.ts";

let place: string;
beforeAll(async () => {
  place = await newPlace();
});
afterAll(() => removePlace(place));

// Its demo stands for all, which documentation/ runs.
test("http-caller as my-app installs, builds, passes its tests, and shows its demo", { timeout: 900_000 }, ({ skip }) =>
  checkProject(place, "http-caller", "my-app", skip, { withDemo: true }),
);
