import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type ComponentExports, findFunction } from "../component/analyse.js";
import { type FunctionName, functionNames } from "../component/function-name.js";
import { indexedResource } from "../component/indexed.js";
import type { Parameter } from "../component/types.js";
import { type Handles, InvalidValue, resourceNumber, resourceUri, toGuest } from "../component/values.js";
import type { Engine } from "../engine.js";
import { GolemFault } from "../fault.js";
import type { TypedValue } from "../oplog/entries.js";
import { resultTuple } from "../oplog/public.js";
import { typed } from "../oplog/untyped.js";
import { orWithoutComponent, Refusal } from "./refusal.js";
import { body, componentOf, type Routes, requiredQuery, workerOf } from "./route.js";
import { statedType } from "./stated-type.js";

const invokeParameters = z.object({
  params: z.array(z.object({ value: z.unknown(), typ: statedType.optional() })),
});
type Parameters = z.infer<typeof invokeParameters>["params"];

export function invocationRoutes(engine: Engine): Routes {
  const begin = (request: FastifyRequest, worker: string) => invoke(engine, request, worker);
  const wait = async (request: FastifyRequest, worker: string) => {
    const { response } = await begin(request, worker);
    return { result: resultTuple(response) };
  };
  const leave = (request: FastifyRequest, worker: string) => {
    begin(request, worker).catch(() => {}); // nobody waits for it: what became of it is in the worker's status and oplog
    return {};
  };
  return {
    "/v1/components/:component/invoke-and-await": { POST: (request) => wait(request, randomUUID()) },
    "/v1/components/:component/invoke": { POST: (request) => leave(request, randomUUID()) },
    "/v1/components/:component/workers/:worker/invoke-and-await": {
      POST: (request) => wait(request, workerOf(request)),
    },
    "/v1/components/:component/workers/:worker/invoke": { POST: (request) => leave(request, workerOf(request)) },
  };
}

/** Handles that a worker has given out, for its callers to give back. */
type Given = Pick<Handles, "find">;

function invoke({ workers, faults }: Engine, request: FastifyRequest, worker: string) {
  const componentId = componentOf(request);
  const functionName = requiredQuery(request, "function", "string");
  const { params } = body(request, "InvokeParameters", invokeParameters);
  const key = request.headers["idempotency-key"];
  const idempotencyKey = typeof key === "string" && key !== "" ? key : randomUUID();
  for (const { typ, value } of params) if (typ) toGuest(typ, value);
  const uri = resourceUri(componentId, worker);
  const handles: Given = {
    find(text) {
      if (workers.owns(componentId, worker, resourceNumber(text, uri))) return {};
      throw new InvalidValue([`there is no resource ${text}`]);
    },
  };
  const values = () => {
    try {
      return typedValues(workers.exports(componentId, worker), functionName, params, handles);
    } catch (error) {
      // What is wrong with a call is said only by a worker that takes calls.
      workers.refuseIfFailed(componentId, worker);
      if (faults && error instanceof Unparsable)
        workers.recordUnreadable(componentId, worker, functionName, idempotencyKey);
      throw error;
    }
  };
  return orWithoutComponent(
    () =>
      workers.invoke(componentId, worker, {
        functionName,
        request: values(),
        idempotencyKey,
      }),
    () => noComponent(componentId),
  );
}

const noComponent = (componentId: string) =>
  new Refusal(500, {
    golemError: { type: "GetLatestVersionOfComponentFailed", componentId, reason: "Component not found" },
  });

/**
 * The parameters with their types: those that the caller states, or the function's. How many there are is the worker's
 * affair: on Golem, too, a call with the wrong number reaches it, and fails it.
 */
function typedValues(
  exports: ComponentExports,
  functionName: string,
  params: Parameters,
  handles: Given,
): TypedValue[] {
  const called = parsed(functionName);
  const found = findFunction(exports, called);
  if (!found) throw new GolemFault("InvalidRequest", `could not load function ${unknownName(called)}`);
  const parameters = indexedResource(exports, called, found) ? found.parameters.slice(1) : found.parameters;
  return params.map(({ value, typ: stated }, i) => {
    const parameter = parameters[i];
    if (parameter) checkParameter(parameter, value, handles);
    return { typ: parameter?.typ ?? stated ?? typed(value).typ, value };
  });
}

function checkParameter({ name, typ }: Parameter, value: unknown, handles: Given): void {
  try {
    toGuest(typ, value, handles);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new GolemFault("InvalidRequest", `Parameter ${name} has unexpected type: ${error.errors.join(", ")}`);
  }
}

function parsed(functionName: string): FunctionName {
  try {
    return functionNames(functionName);
  } catch (error) {
    throw new Unparsable("InvalidRequest", `Invalid function name: ${(error as Error).message}`);
  }
}

class Unparsable extends GolemFault {}

const unknownName = ({ interface: site, candidates }: FunctionName) =>
  site === undefined ? candidates[0] : `${candidates[0]} for interface ${site}`;
