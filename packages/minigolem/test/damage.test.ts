import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@bytecodealliance/jco";
import Database from "libsql";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Minigolem, startMinigolem } from "../dist/index.js";
import { openStore } from "../src/oplog/store.js";
import { refuseLostErrors } from "./server-process.js";
import { buildSteps, buildThing } from "./wat/build.js";

let folder: string;
let data: string;
let cache: string;
let wasm: Uint8Array<ArrayBuffer>;
let golem: Minigolem;
let id: string;

beforeAll(async () => {
  wasm = await buildThing();
});
afterEach(async () => {
  await golem?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  golem = await startMinigolem({ dataDir: data, cacheDir: cache });
}

/** For tests that leave the cache alone: it has the component from the first of them on. */
const sharedCache = mkdtempSync(join(tmpdir(), "minigolem-damage-cache-"));
afterAll(() => rmSync(sharedCache, { recursive: true, force: true }));

async function begin({ ownCache = false } = {}): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), "minigolem-damage-"));
  [data, cache] = [join(folder, "data"), ownCache ? join(folder, "cache") : sharedCache];
  await start();
  id = JSON.parse((await upload(golem.url)).text).versionedComponentId.componentId;
}

async function upload(url: string, name = "thing", bytes = wasm, type = "Durable") {
  const form = new FormData();
  form.append("name", name);
  form.append("componentType", type);
  form.append("component", new Blob([bytes]), "component.wasm");
  const response = await fetch(`${url}/v1/components`, { method: "POST", body: form });
  return { status: response.status, text: await response.text() };
}

async function call(worker: string, name = "say", param = '"hello"', url = golem.url) {
  const response = await fetch(
    `${url}/v1/components/${id}/workers/${worker}/invoke-and-await?function=test:wat/api.{${name}}`,
    { method: "POST", headers: { "content-type": "application/json" }, body: `{"params":[{"value":${param}}]}` },
  );
  return { status: response.status, text: await response.text() };
}

/** Damages the page of the database that has a text. @returns puts it back */
function hurtPage(text: string): () => void {
  const file = join(data, "minigolem.db");
  const bytes = readFileSync(file);
  const page = 4096;
  const at = bytes.lastIndexOf(text);
  if (at < 0) throw new Error(`${text} is not in the database`);
  const begin = Math.floor(at / page) * page;
  const before = Uint8Array.from(bytes.subarray(begin, begin + page));
  bytes.fill(0xff, begin, begin + page);
  writeFileSync(file, bytes);
  return () => {
    const now = readFileSync(file);
    now.set(before, begin);
    writeFileSync(file, now);
  };
}

/** Gives each component a page of its own, by metadata that is large and no JSON: it is found anew. */
function spreadComponents(): void {
  const db = new Database(join(data, "minigolem.db"));
  db.exec("UPDATE components SET metadata = printf('%3000s', ''); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

const workersPage = async () => (await fetch(`${golem.url}/v1/components/${id}/workers`)).json();
const metadata = async (worker: string) => (await fetch(`${golem.url}/v1/components/${id}/workers/${worker}`)).json();

describe("damage stays where it is", { timeout: 60_000 }, () => {
  test("a cache entry that was cut short is made anew", async () => {
    await begin({ ownCache: true });
    expect((await call("w")).status).toBe(200);
    await golem.close();
    const entry = join(cache, readdirSync(cache)[0] as string);
    for (const file of readdirSync(entry))
      writeFileSync(join(entry, file), readFileSync(join(entry, file)).subarray(9));
    await start();
    expect(await call("w")).toMatchObject({ status: 200 });
    expect(existsSync(join(entry, "component.js"))).toBe(true);
  });

  test("a cache that is cleared while workers run does not concern them", async () => {
    await begin({ ownCache: true });
    expect((await call("w")).status).toBe(200);
    rmSync(cache, { recursive: true });
    for (const worker of ["w", "x", "y"]) expect(await call(worker)).toMatchObject({ status: 200 });
    expect((await call("w", "quit", "1")).text).toContain("PreviousInvocationExited");
  });

  test.each(["a blob", "the queue"])("%s of one worker", async (what) => {
    await begin();
    for (const worker of ["sound", "hurt"]) expect((await call(worker)).status).toBe(200);
    await golem.close();
    const db = new Database(join(data, "minigolem.db"));
    const { key } = db.prepare("SELECT key FROM workers WHERE name = 'hurt'").get() as { key: number };
    if (what === "a blob") db.prepare("UPDATE oplog SET entries = x'ffff' WHERE place >> 32 = ?").run(key);
    else
      db.prepare(
        "INSERT INTO invocations (worker, id, function, request, trace, state) VALUES (?, 'k', 'f', x'00', '', 'pending')",
      ).run(key);
    db.close();
    await start();
    if (what === "a blob") {
      const hurt = await call("hurt");
      expect(hurt.status).toBe(500);
      expect(hurt.text).toMatch(/the record of worker \d+ in .* cannot be read .*put back a copy/);
      expect((await metadata("hurt")).lastError).toMatch(/cannot be read/);
    }
    expect((await workersPage()).workers).toHaveLength(2);
    expect(await call("sound")).toMatchObject({ status: 200 });
    const gone = await fetch(`${golem.url}/v1/components/${id}/workers/hurt`, { method: "DELETE" });
    expect(gone.status).toBe(200);
    expect((await workersPage()).workers).toHaveLength(1);
  });

  test("the row of one worker", async () => {
    await begin();
    for (const worker of ["sound", "hurt"]) expect((await call(worker)).status).toBe(200);
    await golem.close();
    const db = new Database(join(data, "minigolem.db"));
    db.prepare("UPDATE workers SET env = '{', status = 'Running' WHERE name = 'hurt'").run();
    db.close();
    await start();
    expect(await call("sound")).toMatchObject({ status: 200 });
    expect((await workersPage()).workers).toMatchObject([{ workerId: { workerName: "sound" } }]);
    const hurt = await call("hurt");
    expect(hurt.status).toBe(500);
    expect(hurt.text).toMatch(/what is kept of worker .*\/hurt in .* cannot be read .*put back a copy/);
  });

  test("a component's file that is missing, until it is put back", async () => {
    await begin({ ownCache: true });
    expect((await call("w")).status).toBe(200);
    await golem.close();
    rmSync(cache, { recursive: true });
    const [file] = readdirSync(join(data, "components"));
    const path = join(data, "components", file as string);
    const bytes = readFileSync(path);
    for (const how of ["missing", "changed"]) {
      if (how === "missing") rmSync(path);
      else writeFileSync(path, bytes.subarray(0, 1000));
      await start();
      const failed = await call("w");
      expect(failed).toMatchObject({
        status: 500,
        text: expect.stringMatching(/version 0 of component thing .* cannot be read/),
      });
      writeFileSync(path, bytes);
      expect(await call("w")).toMatchObject({ status: 200 });
      await golem.close();
      rmSync(cache, { recursive: true, force: true });
    }
  });

  test("a component's file that was cut short is mended by an upload of the same component", async () => {
    await begin();
    const path = join(data, "components", readdirSync(join(data, "components"))[0] as string);
    writeFileSync(path, wasm.subarray(0, 1000));
    expect((await upload(golem.url, "other")).status).toBe(200);
    expect(readFileSync(path).equals(wasm)).toBe(true);
  });

  test("an upload that cannot be written is refused, and one that cannot run leaves no file", async () => {
    await begin();
    const components = join(data, "components");
    const kept = readdirSync(components);
    const large = await parse("(component (core module $m (memory 9000)) (core instance (instantiate $m)))");
    rmSync(components, { recursive: true });
    writeFileSync(components, "");
    expect((await upload(golem.url, "other")).status).toBe(500);
    expect(await (await fetch(`${golem.url}/v1/components`)).json()).toHaveLength(1);
    rmSync(components);
    expect((await upload(golem.url, "large", new Uint8Array(large))).status).toBe(400);
    expect((await upload(golem.url, "other")).status).toBe(200);
    expect(readdirSync(components)).toEqual(kept);
  });

  test("a damaged page of the table of workers", async () => {
    await begin();
    for (let i = 0; i < 40; i++) {
      const body = JSON.stringify({ name: `w${i}`, args: [], env: { V: `${i}-${"v".repeat(500)}` } });
      const headers = { "content-type": "application/json" };
      await fetch(`${golem.url}/v1/components/${id}/workers`, { method: "POST", headers, body });
    }
    await golem.close();
    hurtPage('{"V":"20-');
    await start();
    const { workers } = (await workersPage()) as { workers: unknown[] };
    expect(workers.length).toBeGreaterThan(30);
    expect(workers.length).toBeLessThan(40);
    expect(await call("w0")).toMatchObject({ status: 200 });
    expect(await call("w20")).toMatchObject({ status: 500, text: expect.stringMatching(/cannot be read/) });
    expect(await call("new")).toMatchObject({ status: 200 });
  });

  test("a damaged page of the table of components", async () => {
    await begin();
    expect((await call("w")).status).toBe(200);
    const added = [];
    for (const name of ["hurt", "later"])
      added.push(JSON.parse((await upload(golem.url, name)).text).versionedComponentId.componentId);
    const ask = async (component: string, rest = "", init: RequestInit = {}) => {
      const response = await fetch(`${golem.url}/v1/components/${component}${rest}`, init);
      return { status: response.status, text: await response.text() };
    };
    const say = (component: string) =>
      ask(component, "/workers/w/invoke-and-await?function=test:wat/api.{say}", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"params":[{"value":"hello"}]}',
      });
    for (const component of added) expect((await say(component)).status).toBe(200);
    await golem.close();
    spreadComponents();
    hurtPage("hurtDurable");
    await start();
    const [hurt, later] = added as [string, string];
    const told = { status: 500, text: expect.stringMatching(/component .* cannot be read .*put back a copy/) };
    expect(await say(hurt)).toMatchObject(told);
    expect(await ask(hurt, "/latest")).toMatchObject(told);
    expect(await ask(hurt, "/workers/w")).toMatchObject(told);
    const listed: { componentName: string }[] = await (await fetch(`${golem.url}/v1/components`)).json();
    expect(listed.map(({ componentName }) => componentName).sort()).toEqual(["later", "thing"]);
    for (const sound of [id, later]) expect(await say(sound)).toMatchObject({ status: 200 });
    expect((await upload(golem.url, "new")).status).toBe(200);
    expect((await ask(hurt, "/workers/w", { method: "DELETE" })).status).toBe(200);
  });

  test("the page of an ephemeral component: a worker that a kill left goes when the page is back", async () => {
    await begin();
    const answer = JSON.parse((await upload(golem.url, "fleeting", wasm, "Ephemeral")).text);
    const { componentId } = answer.versionedComponentId;
    await golem.close();
    const left = { componentId, version: 0, status: "Running", created: 1, args: [], env: {}, hazards: [] } as const;
    const store = openStore(data);
    const { key } = store.workers.add({ ...left, name: "w/left", args: [], hazards: [] });
    const sizes = { componentSize: 1, linearMemory: 1, componentVersion: 0 };
    store.oplog.append(key, 0, [
      { type: "Create", at: 1, componentId, workerName: "w/left", args: [], env: {}, ...sizes },
    ]);
    store.close();
    spreadComponents();
    const mend = hurtPage("fleetingEphemeral");
    for (const faults of [false, true]) {
      golem = await startMinigolem({ dataDir: data, cacheDir: cache, faults });
      expect(await call("w")).toMatchObject({ status: 200 });
      for (const path of ["latest", "workers"]) {
        const response = await fetch(`${golem.url}/v1/components/${componentId}/${path}`);
        expect([response.status, await response.text()]).toEqual([500, expect.stringMatching(/cannot be read/)]);
      }
      // A Golem server would give no answer if it did not know the component.
      expect((await fetch(`${golem.url}/v1/components/${componentId}/workers/w`)).status).toBe(404);
      await golem.close();
    }
    mend();
    await start();
    const workers = await fetch(`${golem.url}/v1/components/${componentId}/workers`);
    expect(await workers.json()).toMatchObject({ workers: [] });
  });

  test("damaged pages of the database", async () => {
    await begin();
    for (let i = 0; i < 40; i++) expect((await call(`w${i}`, "say", `"${"x".repeat(3000)}"`)).status).toBe(200);
    await golem.close();
    hurtPage("x".repeat(500));
    await start();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => call(`w${i}`)));
    const failed = answers.filter(({ status }) => status !== 200);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(10);
    for (const { text } of failed) expect(text).toMatch(/cannot be read/);
    expect((await fetch(`${golem.url}/v1/components`)).status).toBe(200);
  });
});

const isolated = spawnSync("unshare", ["-rm", "true"]).status === 0;
if (!isolated)
  console.warn("SKIPPED: a full disk needs Linux's unshare with user namespaces (kernel.unprivileged_userns_clone=1)");

describe.runIf(isolated)("a full disk", { timeout: 120_000 }, () => {
  let child: ReturnType<typeof spawn>;
  afterAll(() => child?.kill("SIGKILL"));

  test("refuses in a sentence, loses nothing, and goes on when there is space", async () => {
    folder = mkdtempSync(join(tmpdir(), "minigolem-full-"));
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
    const serve = `mount -t tmpfs -o size=4m tmpfs "$0" && exec "$1" "$2" serve --router-port 0 --data-dir "$0/data"`;
    child = spawn("unshare", ["-rm", "sh", "-c", serve, disk, process.execPath, cli], {
      env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let complaints = "";
    child.stderr?.on("data", (data) => {
      complaints += data;
    });
    const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
    const url = /http:\/\/\S+:\d+/.exec(String(line))?.[0] as string;
    id = JSON.parse((await upload(url)).text).versionedComponentId.componentId;
    expect((await call("first", "say", '"1"', url)).status).toBe(200);
    const steps = JSON.parse((await upload(url, "steps", await buildSteps())).text).versionedComponentId.componentId;
    const ask = async (method: string, path: string, body?: string) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${url}/v1/components/${steps}/workers/${path}`, { method, headers, body });
      return { status: response.status, text: await response.text() };
    };
    const status = async (worker: string) => JSON.parse((await ask("GET", worker)).text).status;
    await ask("POST", "waits/invoke?function=test:wat/steps.{wait}", '{"params":[]}');
    await expect.poll(() => status("waits"), { timeout: 30_000 }).toBe("Suspended");
    await ask("POST", "recovers/invoke?function=test:wat/steps.{wait}", '{"params":[]}');
    await expect.poll(() => status("recovers"), { timeout: 30_000 }).toBe("Suspended");
    type Entries = { oplogIndex: number; entry: { type: string } }[];
    const entries = async (worker: string): Promise<Entries> =>
      JSON.parse((await ask("GET", `${worker}/oplog?count=100`)).text).entries;
    const promise = (await entries("waits")).find(({ entry }) => entry.type === "NoOp")?.oplogIndex;
    await ask("POST", "computes/invoke?function=test:wat/steps.{spin}", '{"params":[]}');
    await expect.poll(() => status("computes"), { timeout: 30_000 }).toBe("Running");

    const restart = () => ask("POST", "recovers/interrupt?recovery-immediately=true");
    const inside = `/proc/${child.pid}/root${disk}`;
    expect((await restart()).status).toBe(200); // its recovery is under way while the disk fills
    writeFileSync(`${inside}/filler`, new Uint8Array(0));
    const filler = new Uint8Array(1 << 16);
    for (;;) {
      try {
        writeFileSync(`${inside}/filler`, filler, { flag: "a" });
      } catch {
        break;
      }
    }
    const complete = (worker = "waits") =>
      ask("POST", `${worker}/complete`, JSON.stringify({ oplogIdx: promise, data: [1] }));
    let refused = 0;
    for (let i = 0; i < 40; i++) {
      const { status, text } = await call("first", "say", `"${"y".repeat(5_000)}"`, url);
      if (status === 200) continue;
      refused++;
      expect(text).toMatch(/there is no space left for .*: free some/);
    }
    expect(refused).toBeGreaterThan(0);
    expect((await complete()).text).toMatch(/there is no space left/);
    await restart(); // and another one, with nothing left from the beginning
    expect((await complete("recovers")).text).toMatch(/there is no space left/);
    await ask("POST", "computes/interrupt");
    await expect.poll(() => status("computes"), { timeout: 30_000 }).toBe("Interrupted");
    expect((await call("restarted", "say", '"1"', url)).text).toMatch(/there is no space left/);
    rmSync(`${inside}/filler`);
    expect((await complete()).text).toBe("true");
    await expect.poll(() => status("waits"), { timeout: 30_000 }).toBe("Idle");
    expect(
      (await ask("POST", "waits/invoke-and-await?function=test:wat/steps.{count}", '{"params":[]}')).text,
    ).toContain('"value":[2]');
    if ((await status("recovers")) === "Interrupted") await ask("POST", "recovers/resume");
    await expect.poll(() => status("recovers"), { timeout: 30_000 }).toBe("Suspended");
    expect((await complete("recovers")).text).toBe("true");
    await expect.poll(() => status("recovers"), { timeout: 30_000 }).toBe("Idle");
    const recovered = await entries("recovers");
    expect(recovered.map(({ oplogIndex }) => oplogIndex)).toEqual(recovered.map((_, i) => i + 1));
    expect(
      (await ask("POST", "recovers/invoke-and-await?function=test:wat/steps.{count}", '{"params":[]}')).text,
    ).toContain('"value":[2]');
    expect(await call("first", "say", '"again"', url)).toMatchObject({ status: 200 });
    const oplog = await (await fetch(`${url}/v1/components/${id}/workers/first/oplog?count=1000`)).text();
    expect(oplog).toContain('"message":"again"');
    expect(child.exitCode).toBeNull();
    child.kill("SIGTERM");
    expect((await once(child, "close"))[0]).toBe(0);
    refuseLostErrors(complaints);
  });
});
