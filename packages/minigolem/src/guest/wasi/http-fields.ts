import { Buffer } from "node:buffer";

/** What a component may not set itself: the connection's own headers. As in wasmtime, on which Golem runs. */
const forbidden = new Set([
  "connection",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const badValue = /[\r\n\0]/;

/** `wasi:http/types` fields: header or trailer names in lower case, values as bytes. */
export class Fields {
  #list: [string, string][] = [];
  #immutable = false;

  static fromList(list: [string, Uint8Array][]): Fields {
    const fields = new Fields();
    for (const [name, value] of list) fields.append(name, value);
    return fields;
  }

  /** Of what came from outside or was sent: not to be changed. */
  static of(list: readonly (readonly [string, string])[]): Fields {
    const fields = new Fields();
    fields.#list = list.map(([name, value]) => [name.toLowerCase(), value]);
    fields.#immutable = true;
    return fields;
  }

  get(name: string): Uint8Array[] {
    return this.#list.filter(([known]) => known === name.toLowerCase()).map(([, value]) => bytesOf(value));
  }

  has(name: string): boolean {
    return this.#list.some(([known]) => known === name.toLowerCase());
  }

  set(name: string, values: Uint8Array[]): void {
    const key = this.#check(name, values);
    this.#list = [
      ...this.#list.filter(([known]) => known !== key),
      ...values.map((value): [string, string] => [key, latin1(value)]),
    ];
  }

  delete(name: string): void {
    const key = this.#check(name, []);
    this.#list = this.#list.filter(([known]) => known !== key);
  }

  append(name: string, value: Uint8Array): void {
    this.#list.push([this.#check(name, [value]), latin1(value)]);
  }

  entries(): [string, Uint8Array][] {
    return this.#list.map(([name, value]) => [name, bytesOf(value)]);
  }

  clone(): Fields {
    const copy = new Fields();
    copy.#list = [...this.#list];
    return copy;
  }

  /** @throws `header-error`, as a value */
  #check(name: string, values: Uint8Array[]): string {
    const key = name.toLowerCase();
    if (this.#immutable) throw { tag: "immutable" };
    if (!token.test(key) || values.some((value) => badValue.test(latin1(value)))) throw { tag: "invalid-syntax" };
    if (forbidden.has(key)) throw { tag: "forbidden" };
    return key;
  }

  /** For the engine. */
  static list(fields: Fields): [string, string][] {
    return fields.#list.map(([name, value]) => [name, value]);
  }

  [Symbol.dispose](): void {}
}
