import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import type { ComponentVersion, Engine } from "../engine.js";
import { Refusal } from "./refusal.js";
import { componentOf, naturalNumber, query, type Routes } from "./route.js";
import { type Upload, uploaded } from "./upload.js";

type ComponentType = ComponentVersion["type"];

export function componentRoutes({ components }: Engine): Routes {
  return {
    "/v1/components": {
      GET: (request) => components.list(query(request, "component-name")).map(component),
      POST: (request) => {
        refuseUnlessForm(request);
        return uploaded(request, async (upload) => {
          const { name, wasm, type } = checked(upload);
          if (name === undefined) throw new Refusal(400, "parse multipart error: field `name` is required");
          return component(await components.create({ name, wasm, type }));
        });
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
      POST: (request) => {
        const id = componentOf(request);
        refuseUnlessForm(request);
        return uploaded(request, async (upload) => {
          const { wasm, type } = checked(upload);
          return component(await components.update(id, wasm, type));
        });
      },
    },
    "/v1/components/:component/upload": {
      PUT: (request) => {
        if (!(request.body instanceof Readable))
          throw new Refusal(400, "parse request payload error: send the component as application/octet-stream");
        const id = componentOf(request);
        const type = componentType(query(request, "component_type"));
        return uploaded(request, async (upload) => component(await components.update(id, checked(upload).wasm, type)));
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

/** @throws Refusal when a part is missing or asks for what minigolem has not */
function checked({ fields, wasm }: Upload) {
  const linking = fields.get("dynamicLinking");
  if (linking !== undefined && !/^\s*\{\s*("dynamicLinking"\s*:\s*\{\s*\}\s*)?\}\s*$/.test(linking))
    throw new Refusal(400, { errors: ["minigolem does not link components: build without dynamicLinking"] });
  if (!wasm) throw new Refusal(400, "parse multipart error: field `component` is required");
  return { name: fields.get("name"), wasm, type: componentType(fields.get("componentType")) };
}

function refuseUnlessForm(request: FastifyRequest): void {
  if (!request.isMultipart())
    throw new Refusal(400, "parse multipart error: send the component as multipart/form-data");
}
