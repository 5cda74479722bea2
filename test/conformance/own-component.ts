import { uploadForm } from "./rest.ts";
import type { Stage } from "./scenario.ts";

/** Uploads a component for this scenario alone, so that the others keep their versions. */
export async function ofItsOwn(s: Stage, prefix: string, type?: "Ephemeral"): Promise<string> {
  const { answer } = await s.rest.request("POST", "/v1/components", {
    label: "create",
    body: uploadForm(`${prefix}-${s.run}`, s.wasm, type),
    keep: false,
  });
  const id = answer?.versionedComponentId?.componentId;
  if (!id) throw new Error("the component was not accepted");
  s.use(id);
  return id;
}
