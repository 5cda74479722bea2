import { HostTrap } from "../signals.js";

const never = (): never => {
  throw new HostTrap("minigolem does not serve HTTP by a component");
};

const refuse = (Resource: { prototype: object }, methods: readonly string[]) => {
  for (const name of methods) Object.defineProperty(Resource.prototype, name, { value: never });
};

// Only a component that serves HTTP gets to see one of these, and nothing here makes one.

export class IncomingRequest {
  [Symbol.dispose](): void {}
}
refuse(IncomingRequest, ["method", "pathWithQuery", "scheme", "authority", "headers", "consume"]);

export class OutgoingResponse {
  [Symbol.dispose](): void {}
}
refuse(OutgoingResponse, ["statusCode", "setStatusCode", "headers", "body"]);

export class ResponseOutparam {
  static set = never;
  [Symbol.dispose](): void {}
}
