import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyRequest } from "fastify";
import { readWhole } from "../whole-file.js";
import { Refusal } from "./refusal.js";

/** Bytes. A component that embeds a JavaScript engine has some 12 MiB. */
const largestComponent = 256 << 20;
/** Bytes of everything else in an upload. */
const largestField = 1 << 20;

/** Bytes that are written to disk at a time. */
const portion = 1 << 20;

/** For the parser of multipart bodies. It reads a file that is too large to its end, so it must notice one later than we do. */
export const uploadLimits = { fileSize: 2 * largestComponent, fieldSize: largestField, parts: 20 };

/** What was sent with a component. */
export interface Upload {
  fields: ReadonlyMap<string, string>;
  wasm: Uint8Array | undefined;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Takes in a component, sent as multipart/form-data or as its bytes alone. It is kept on disk until it is whole, and one component
 * at a time is in memory.
 * @param use what is done with it; its fields are checked before the component is read
 * @throws Refusal
 */
export async function uploaded<T>(request: FastifyRequest, use: (upload: Upload) => T | Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "minigolem-upload-"));
  try {
    const file = join(folder, "component");
    const { fields, there } = await receive(request, file);
    const next = last.then(async () => use({ fields, wasm: there ? await readWhole(file) : undefined }));
    last = next.catch(() => {});
    return await next;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function receive(
  request: FastifyRequest,
  file: string,
): Promise<{ fields: Map<string, string>; there: boolean }> {
  const fields = new Map<string, string>();
  if (!request.isMultipart()) {
    await save(request.body as Readable, file);
    return { fields, there: true };
  }
  let there = false;
  try {
    for await (const part of request.parts()) {
      if (part.fieldname === "component" && there)
        throw new Refusal(400, "parse multipart error: there is more than one field `component`");
      if (part.fieldname === "component") {
        await save(part.type === "file" ? part.file : Readable.from([Buffer.from(String(part.value))]), file);
        there = true;
      } else if (part.fieldname === "files")
        throw new Refusal(400, { errors: ["minigolem gives workers no initial files"] });
      else fields.set(part.fieldname, part.type === "field" ? String(part.value) : await text(part.file));
    }
  } catch (error) {
    if (error instanceof Refusal || (error as { statusCode?: number }).statusCode !== undefined) throw error;
    throw new Refusal(400, `parse multipart error: ${(error as Error).message}`);
  }
  return { fields, there };
}

async function save(from: Readable, file: string): Promise<void> {
  await pipeline(
    from,
    bounded(largestComponent, "the component"),
    createWriteStream(file, { mode: 0o600, highWaterMark: portion }),
  );
}

async function text(from: Readable): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bounded(largestField, "a field of the upload")(from)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const bounded = (most: number, what: string) =>
  async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const piece of pieces) {
      size += piece.length;
      if (size > most) throw new Refusal(413, `parse multipart error: ${what} is larger than ${most} bytes`);
      yield piece;
    }
  };
