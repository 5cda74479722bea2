import type { Component } from "golem-client";
import { useState } from "preact/hooks";
import { golem } from "../server/golem.js";
import { Failure } from "../shell/notice.js";
import { linkTo } from "../shell/route.js";

/** Uploads a component, or, of one that is there, its next version. */
export function Upload({ component, onDone }: { component: Component | undefined; onDone: () => void }) {
  const [state, setState] = useState<{ busy?: true; error?: Error; done?: string }>({});
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setState({ busy: true });
    try {
      const wasm = new Uint8Array(await (form.get("wasm") as File).arrayBuffer());
      const made = component
        ? await golem.components.update(component.versionedComponentId.componentId, { wasm })
        : await golem.components.create(String(form.get("name")), { wasm });
      setState({ done: `It is version ${made.versionedComponentId.version}.` });
      if (!component) location.hash = linkTo(["component", made.componentName]);
      onDone();
    } catch (error) {
      setState({ error: error as Error });
    }
  };
  return (
    <aside class="invoke" aria-label="Upload">
      <h2>{component ? "Upload the next version" : "Upload a component"}</h2>
      <form onSubmit={submit}>
        {!component && (
          <label class="field">
            <span>Name</span>
            <input name="name" type="text" required pattern="\S+" title="A name without white space" />
          </label>
        )}
        <label class="field">
          <span>Component</span>
          <input name="wasm" type="file" required accept=".wasm" />
        </label>
        <div class="buttons">
          <button type="submit" class="primary" disabled={state.busy}>
            {state.busy ? "Uploads…" : "Upload"}
          </button>
        </div>
        <div aria-live="polite">
          <Failure error={state.error} />
          {state.done && <p>{state.done}</p>}
        </div>
      </form>
    </aside>
  );
}
