import type { Component, WitValue } from "golem-client";
import { useState } from "preact/hooks";
import { ValueField } from "../forms/value-field.js";
import { functionsOf, functionText, initial } from "../forms/wit.js";
import { golem } from "../server/golem.js";
import { Failure } from "../shell/notice.js";

interface InvokeProps {
  component: Component;
  worker: string;
  onDone: () => void;
}

/** Calls a function, by a form that is made from the component's types. */
export function Invoke({ component, worker, onDone }: InvokeProps) {
  const functions = functionsOf(component.metadata.exports);
  const [chosen, setChosen] = useState(functions[0]?.full);
  const found = functions.find(({ full }) => full === chosen);
  if (!found)
    return (
      <aside class="invoke" aria-label="Invoke">
        <p class="dim">The component exports no function.</p>
      </aside>
    );
  return (
    <aside class="invoke" aria-label="Invoke">
      <h2>Invoke</h2>
      <label class="field">
        <span>Function</span>
        <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          {functions.map(({ full, fn }) => (
            <option key={full} value={full}>
              {fn.name}
            </option>
          ))}
        </select>
      </label>
      <code class="signature dim">{functionText(found.fn)}</code>
      <Call
        key={chosen}
        found={found}
        componentId={component.versionedComponentId.componentId}
        worker={worker}
        onDone={onDone}
      />
    </aside>
  );
}

type Answer = { waiting: true } | { error: Error } | { said: string };

interface CallProps {
  found: ReturnType<typeof functionsOf>[number];
  componentId: string;
  worker: string;
  onDone: () => void;
}

function Call({ found: { full, fn }, componentId, worker, onDone }: CallProps) {
  const [values, setValues] = useState<WitValue[]>(() => fn.parameters.map(({ typ }) => initial(typ)));
  const [key, setKey] = useState("");
  const [answer, setAnswer] = useState<Answer>();
  const call = async (event: SubmitEvent) => {
    event.preventDefault();
    const wait = (event.submitter as HTMLButtonElement).value === "wait";
    setAnswer({ waiting: true });
    try {
      const idempotencyKey = key || newKey();
      const target = golem.worker(componentId, worker);
      if (wait) setAnswer({ said: pretty(await target.invokeWith({ idempotencyKey }, full, ...values)) });
      else setAnswer({ said: `Queued, with the idempotency key ${await target.invokeAsync(full, ...values)}.` });
    } catch (error) {
      setAnswer({ error: error as Error });
    }
    onDone();
  };
  return (
    <form onSubmit={call}>
      {fn.parameters.map(({ name, typ }, i) => (
        <ValueField
          key={name}
          label={name}
          typ={typ}
          value={values[i]}
          onChange={(value) => setValues((before) => before.map((each, j) => (j === i ? value : each)))}
        />
      ))}
      <label class="field">
        <span>
          Idempotency key <span class="dim">a random one if empty</span>
        </span>
        <input type="text" value={key} onInput={(event) => setKey(event.currentTarget.value)} />
      </label>
      <div class="buttons">
        <button type="submit" value="queue">
          Queue
        </button>
        <button type="submit" value="wait" class="primary">
          Invoke and wait
        </button>
      </div>
      <div class="answer" aria-live="polite">
        {answer && "waiting" in answer && <p class="dim">Waits for the answer, however long the worker retries…</p>}
        {answer && "error" in answer && <Failure error={answer.error} />}
        {answer && "said" in answer && <pre>{answer.said}</pre>}
      </div>
    </form>
  );
}

const pretty = (value: WitValue): string =>
  value === undefined
    ? "It has answered, with no result."
    : JSON.stringify(value, (_, each) => (typeof each === "bigint" ? each.toString() : each), 2);

/** `crypto.randomUUID` is not there when the page comes by http from another machine. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
