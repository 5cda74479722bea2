/** `npm run verify`: the apps that ejected.test.ts leaves out, each as a project of its own. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { checkProject, newPlace, removePlace, root } from "./project.ts";

let place: string;
beforeAll(async () => {
  place = await newPlace();
});
afterAll(() => removePlace(place));

const others = (await readdir(join(root, "apps"))).filter((app) => app !== "http-caller");

describe.each(others)("%s as a project of its own", { timeout: 900_000 }, (app) => {
  test("installs and passes its tests", ({ skip }) => checkProject(place, app, app, skip));
});
