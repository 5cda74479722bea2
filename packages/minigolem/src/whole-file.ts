import { open } from "node:fs/promises";

/** Reads a file at one go. Node's own `readFile` takes three times as long for 12 MB: it reads piece by piece. */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at);
      if (bytesRead === 0) throw new Error(`${path} was cut short while it was read`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
