import { expect, test } from "golem-testkit";
test("it", async ({ golem, upstream }) => {
  const worker = await golem.worker("component");

      upstream.on("/a").then("one");
      expect(await worker.invoke("ask-each", [upstream.url + "/a"])).toEqual(["one"]);
      expect(await worker.invoke("pause", 86400000)).toBe(86400000);
      expect(golem.time).toBeDefined();
      expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);
});