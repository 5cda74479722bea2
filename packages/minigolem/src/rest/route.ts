import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { Refusal } from "./refusal.js";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What it returns is the answer's body, as JSON if it is no text and no bytes. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

export type Routes = Record<string, Partial<Record<Method, Handler>>>;

const path = (request: FastifyRequest) => request.params as Record<string, string>;

/** Of a path with `:component`. */
export function componentOf(request: FastifyRequest): string {
  const id = path(request).component as string;
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id.toLowerCase();
  throw new Refusal(400, `failed to parse path \`component_id\`: ${JSON.stringify(id)} is no UUID`);
}

/** Of a path with `:worker`. */
export const workerOf = (request: FastifyRequest): string => validName(path(request).worker as string);

export function validName(name: string): string {
  const refuse = (why: string) => new Refusal(400, { errors: [`Invalid worker name: Worker name must ${why}`] });
  if (name.length < 1 || name.length > 512) throw refuse("be between 1 and 512 characters");
  if (/\s/.test(name)) throw refuse("not contain whitespaces");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant
  if (/[\x00-\x1f\x7f]/.test(name)) throw refuse("not contain control characters");
  if (name.includes("/")) throw refuse("not contain '/'");
  if (name.startsWith("-")) throw refuse("not start with '-'");
  return name;
}

/** A parameter behind the `?`; of one that is there more than once, the first. */
export function query(request: FastifyRequest, name: string): string | undefined {
  return queries(request, name)[0];
}

export function queries(request: FastifyRequest, name: string): string[] {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  return value === undefined ? [] : [value].flat();
}

export function requiredQuery(request: FastifyRequest, name: string, type: string): string {
  const value = query(request, name);
  if (value === undefined)
    throw new Refusal(400, `failed to parse parameter \`${name}\`: Type "${type}" expects an input value.`);
  return value;
}

/** A whole number, 0 or more. */
export function naturalNumber(text: string, what: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new Refusal(400, `failed to parse ${what}: expected a whole number, 0 or more, found ${JSON.stringify(text)}`);
}

export function flag(request: FastifyRequest, name: string): boolean {
  const text = query(request, name);
  if (text === undefined || text === "false") return false;
  if (text === "true") return true;
  throw new Refusal(
    400,
    `failed to parse parameter \`${name}\`: expected true or false, found ${JSON.stringify(text)}`,
  );
}

/** Of those that a request has, how many are told. */
const mostProblems = 20;

/** The request's JSON. @param name of the type in Golem's OpenAPI description */
export function body<T>(request: FastifyRequest, name: string, type: z.ZodType<T>): T {
  const parsed = type.safeParse(request.body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .slice(0, mostProblems)
    .map(({ path, message }) => (path.length ? `${path.join(".")}: ${message}` : message));
  throw new Refusal(400, `parse request payload error: ${problems.join("; ")} (occurred while parsing "${name}")`);
}
