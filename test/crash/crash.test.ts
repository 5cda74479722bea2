import { expect, test } from "vitest";
import { crashed } from "./fixed.js";

// How many there are is fixed. How long they take depends on the machine, and fails nothing.
test("more than 5,000 crashes change nothing that a caller or an upstream can see", { timeout: 900_000 }, async () => {
  const { failures, crashes } = await crashed("short");
  expect(failures).toEqual([]);
  expect(crashes).toBeGreaterThan(5_000);
});
