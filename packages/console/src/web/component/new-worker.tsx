import type { Component } from "golem-client";
import { useState } from "preact/hooks";
import { golem } from "../server/golem.js";
import { Failure } from "../shell/notice.js";
import { linkTo } from "../shell/route.js";

/** Makes a worker with environment variables, which an invocation could not give it. */
export function NewWorker({ component }: { component: Component }) {
  const [error, setError] = useState<Error>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const name = String(form.get("name"));
    try {
      const env = variables(String(form.get("env")));
      await golem.worker(component.versionedComponentId.componentId, name).create({ env });
      location.hash = linkTo(["worker", component.componentName, name]);
    } catch (failure) {
      setError(failure as Error);
    }
  };
  return (
    <aside class="invoke" aria-label="New worker">
      <h2>Make a worker</h2>
      <form onSubmit={submit}>
        <label class="field">
          <span>Worker name</span>
          <input
            name="name"
            type="text"
            required
            pattern="[^\s\/\-][^\s\/]*"
            title="No white space, no slash, no hyphen in front"
          />
        </label>
        <label class="field">
          <span>
            Environment <span class="dim">one NAME=value a line</span>
          </span>
          <textarea name="env" rows={3} />
        </label>
        <div class="buttons">
          <button type="submit" class="primary">
            Make it
          </button>
        </div>
        <Failure error={error} />
      </form>
    </aside>
  );
}

function variables(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^\s*([^=\s]+)=(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined)
        throw new Error(`${JSON.stringify(line)} is no variable. Write NAME=value.`);
      return [name, value];
    }),
  );
}
