import type { MultipartFile } from "@fastify/multipart";
import type { FastifyRequest } from "fastify";
import type { ComponentVersion, Engine } from "../engine.js";
import { Refusal } from "./refusal.js";
import { componentOf, naturalNumber, query, type Routes } from "./route.js";

type ComponentType = ComponentVersion["type"];

export function componentRoutes({ components }: Engine): Routes {
  return {
    "/v1/components": {
      GET: (request) => components.list(query(request, "component-name")).map(component),
      POST: async (request) => {
        const { name, wasm, type } = await upload(request);
        if (name === undefined) throw new Refusal(400, "parse multipart error: field `name` is required");
        return component(await components.create({ name, wasm, type }));
      },
    },
    "/v1/components/:component": {
      GET: (request) => components.versions(componentOf(request)).map(component),
    },
    "/v1/components/:component/latest": {
      GET: (request) => component(components.get(componentOf(request), "latest")),
    },
    "/v1/components/:component/versions/:version": {
      GET: (request) => {
        const { version } = request.params as { version: string };
        return component(components.get(componentOf(request), naturalNumber(version, "path `version`")));
      },
    },
    "/v1/components/:component/updates": {
      POST: async (request) => {
        const id = componentOf(request);
        const { wasm, type } = await upload(request);
        return component(await components.update(id, wasm, type));
      },
    },
    "/v1/components/:component/upload": {
      PUT: async (request) => {
        if (!Buffer.isBuffer(request.body))
          throw new Refusal(400, "parse request payload error: send the component as application/octet-stream");
        const type = componentType(query(request, "component_type"));
        return component(await components.update(componentOf(request), request.body, type));
      },
    },
    "/v1/components/:component/download": {
      GET: (request, reply) => {
        const version = query(request, "version");
        const wanted = version === undefined ? "latest" : naturalNumber(version, "parameter `version`");
        return reply.type("application/octet-stream").send(components.wasm(componentOf(request), wanted));
      },
    },
  };
}

const component = ({ id, version, name, type, size, created, metadata }: ComponentVersion) => ({
  versionedComponentId: { componentId: id, version },
  componentName: name,
  componentSize: size,
  componentType: type,
  createdAt: new Date(created).toISOString().replace("Z", "+00:00"),
  metadata,
  files: [],
  installedPlugins: [],
});

function componentType(text: string | undefined): ComponentType | undefined {
  if (text === undefined || text === "Durable" || text === "Ephemeral") return text;
  throw new Refusal(
    400,
    `failed to parse component type: expected Durable or Ephemeral, found ${JSON.stringify(text)}`,
  );
}

interface Upload {
  name: string | undefined;
  wasm: Uint8Array;
  type: ComponentType | undefined;
}

async function upload(request: FastifyRequest): Promise<Upload> {
  if (!request.isMultipart())
    throw new Refusal(400, "parse multipart error: send the component as multipart/form-data");
  const fields = new Map<string, string>();
  let wasm: Uint8Array | undefined;
  for await (const part of request.parts()) {
    if (part.fieldname === "component")
      wasm = part.type === "file" ? await bytes(part) : Buffer.from(String(part.value));
    else if (part.type === "field") fields.set(part.fieldname, String(part.value));
    else if (part.fieldname === "files")
      throw new Refusal(400, { errors: ["minigolem gives workers no initial files"] });
    else fields.set(part.fieldname, Buffer.from(await bytes(part)).toString());
  }
  const linking = fields.get("dynamicLinking");
  if (linking !== undefined && !/^\s*\{\s*("dynamicLinking"\s*:\s*\{\s*\}\s*)?\}\s*$/.test(linking))
    throw new Refusal(400, { errors: ["minigolem does not link components: build without dynamicLinking"] });
  if (!wasm) throw new Refusal(400, "parse multipart error: field `component` is required");
  return { name: fields.get("name"), wasm, type: componentType(fields.get("componentType")) };
}

const bytes = (part: MultipartFile): Promise<Uint8Array> => part.toBuffer();
