import type { OutgoingBody } from "./http-body.js";
import { Fields } from "./http-fields.js";

type Method = { tag: string; val?: string };
type Scheme = { tag: "HTTP" | "HTTPS" | "other"; val?: string };

/** `wasi:http/types` request-options. Nanoseconds; undefined: ten minutes, as in wasmtime. */
export class RequestOptions {
  #connect: bigint | undefined;
  #firstByte: bigint | undefined;
  #betweenBytes: bigint | undefined;
  connectTimeout(): bigint | undefined {
    return this.#connect;
  }
  setConnectTimeout(duration: bigint | undefined): void {
    this.#connect = duration;
  }
  firstByteTimeout(): bigint | undefined {
    return this.#firstByte;
  }
  setFirstByteTimeout(duration: bigint | undefined): void {
    this.#firstByte = duration;
  }
  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes;
  }
  setBetweenBytesTimeout(duration: bigint | undefined): void {
    this.#betweenBytes = duration;
  }
  [Symbol.dispose](): void {}
}

const tokenText = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** `wasi:http/types` outgoing-request. Its body is of the class that a subclass gives. */
export abstract class OutgoingRequest {
  #method: Method = { tag: "get" };
  #path: string | undefined;
  #scheme: Scheme | undefined;
  #authority: string | undefined;
  #body: OutgoingBody | undefined;
  protected abstract newBody(): OutgoingBody;
  constructor(readonly fields: Fields) {}

  body(): OutgoingBody {
    if (this.#body) throw undefined;
    this.#body = this.newBody();
    return this.#body;
  }
  method(): Method {
    return this.#method;
  }
  setMethod(method: Method): void {
    if (method.tag === "other" && !tokenText.test(method.val ?? "")) throw undefined;
    this.#method = method;
  }
  pathWithQuery(): string | undefined {
    return this.#path;
  }
  setPathWithQuery(path: string | undefined): void {
    if (path !== undefined && /[\s#]/.test(path)) throw undefined;
    this.#path = path;
  }
  scheme(): Scheme | undefined {
    return this.#scheme;
  }
  setScheme(scheme: Scheme | undefined): void {
    this.#scheme = scheme;
  }
  authority(): string | undefined {
    return this.#authority;
  }
  setAuthority(authority: string | undefined): void {
    if (authority !== undefined && (authority === "" || /[\s/?#]/.test(authority))) throw undefined;
    this.#authority = authority;
  }
  headers(): Fields {
    return Fields.of(Fields.list(this.fields));
  }
  [Symbol.dispose](): void {}

  /** For the engine: what is to be sent. */
  parts() {
    const method = this.#method.tag === "other" ? (this.#method.val as string) : this.#method.tag.toUpperCase();
    const scheme = this.#scheme?.tag === "other" ? (this.#scheme.val as string) : (this.#scheme?.tag ?? "HTTPS");
    return {
      method,
      scheme: scheme.toLowerCase(),
      authority: this.#authority ?? "",
      path: this.#path ?? "",
      body: this.#body,
      headers: Fields.list(this.fields),
    };
  }
}
