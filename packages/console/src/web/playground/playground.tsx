import { describe, type RetryPolicy } from "golem-retry/policy";
import { useRef } from "preact/hooks";
import { route, setQuery } from "../shell/route.js";
import { Code } from "./code.js";
import { Findings, Marked } from "./findings.js";
import { FleetPicture } from "./fleet-picture.js";
import { PolicyForm } from "./policy-form.js";
import { profiles, schedule } from "./schedule.js";
import { type Lane, SchedulePicture } from "./schedule-picture.js";
import { ScheduleTable } from "./schedule-table.js";
import { mostWorkers, type PlaygroundState, type PolicyText, policyOf, queryOf, readState } from "./state.js";

/** A policy, and what each engine profile makes of it. The address bar has all of it. */
export function Playground() {
  const state = readState(route.value.query);
  const { first, second } = state;
  const a = useLastRight(first);
  const b = useLastRight(second);
  const policies: { letter: "a" | "b"; title: string; policy: RetryPolicy }[] = [
    ...(a ? [{ letter: "a" as const, title: second ? "Policy A" : "The policy", policy: a }] : []),
    ...(b && second ? [{ letter: "b" as const, title: "Policy B", policy: b }] : []),
  ];
  return (
    <>
      <div class="head">
        <h1>Retry policy playground</h1>
        <span class="dim">The link in the address bar has all of it.</span>
      </div>
      <div class="playground">
        <aside aria-label="Policies">
          <PolicyForm
            title={second ? "Policy A" : "Policy"}
            letter="a"
            text={first}
            onChange={(text) => setQuery(queryOf(text, ""))}
          />
          {second ? (
            <PolicyForm
              title="Policy B"
              letter="b"
              text={second}
              onChange={(text) => setQuery(queryOf(text, "2"))}
              onRemove={() => setQuery(queryOf(undefined, "2"))}
            />
          ) : (
            <button type="button" onClick={() => setQuery(queryOf(first, "2"))}>
              Compare with a second policy
            </button>
          )}
          <Settings state={state} />
        </aside>
        <Results state={state} policies={policies} />
      </div>
    </>
  );
}

interface ResultsProps {
  state: PlaygroundState;
  policies: { letter: "a" | "b"; title: string; policy: RetryPolicy }[];
}

function Results({ state: { seed, workers, scale }, policies }: ResultsProps) {
  const { lanes, error } = lanesOf(policies, seed);
  return (
    <div>
      <section aria-label="Schedule">
        <h2>When each execution begins</h2>
        {policies.map(({ letter, title, policy }) => (
          <p key={letter} class={`sentence ${letter}`}>
            <b>{title}:</b> {describe(policy)}.
          </p>
        ))}
        {error ? (
          <p class="failure" role="alert">
            {error}
          </p>
        ) : (
          <>
            <SchedulePicture lanes={lanes} scale={scale} />
            <dl class="profiles">
              {profiles.map(({ name, about }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    <Marked text={about} />
                  </dd>
                </div>
              ))}
            </dl>
            <ScheduleTable lanes={lanes} />
          </>
        )}
      </section>
      <section aria-label="Findings">
        <h2>What an engine changes</h2>
        {policies.map(({ letter, title, policy }) => (
          <Findings key={letter} title={title} policy={policy} />
        ))}
      </section>
      <section aria-label="Fleet">
        <h2>{workers} workers and one failing service</h2>
        {policies.map(({ letter, policy }) => (
          <FleetPicture key={letter} policy={policy} letter={letter} workers={workers} seed={seed} />
        ))}
      </section>
      <section aria-label="Code">
        <h2>Code to copy</h2>
        {policies.map(({ letter, title, policy }) => (
          <Code key={letter} title={policies.length > 1 ? title : undefined} policy={policy} />
        ))}
      </section>
    </div>
  );
}

function lanesOf(policies: ResultsProps["policies"], seed: number): { lanes: Lane[]; error?: string } {
  try {
    const lanes = policies.flatMap(({ letter, policy }) =>
      profiles.map(({ engine, name }) => ({
        name,
        label: policies.length > 1 ? `${letter.toUpperCase()} ${name}` : name,
        letter,
        schedule: schedule(policy, engine, seed),
      })),
    );
    return { lanes };
  } catch (error) {
    return { lanes: [], error: (error as Error).message.replace(/^plan: /, "") };
  }
}

function Settings({ state }: { state: PlaygroundState }) {
  return (
    <fieldset class="policy">
      <legend>Picture</legend>
      <div class="dial">
        <label for="seed">
          seed <span class="dim">of the jitter</span>
        </label>
        <button type="button" onClick={() => setQuery({ seed: String(state.seed + 1) })}>
          Draw again
        </button>
        <input
          id="seed"
          type="text"
          inputMode="numeric"
          class="figures"
          value={state.seed}
          onChange={(event) => setQuery({ seed: event.currentTarget.value })}
        />
      </div>
      <div class="dial">
        <label for="workers">
          workers <span class="dim">of the fleet, up to {mostWorkers}</span>
        </label>
        <input
          type="range"
          aria-label="workers, slider"
          min={1}
          max={mostWorkers}
          value={state.workers}
          onInput={(event) => setQuery({ workers: event.currentTarget.value })}
        />
        <input
          id="workers"
          type="text"
          inputMode="numeric"
          class="figures"
          value={state.workers}
          onChange={(event) => setQuery({ workers: event.currentTarget.value })}
        />
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={state.scale === "log"}
          onChange={(event) => setQuery({ scale: event.currentTarget.checked ? "log" : "" })}
        />
        logarithmic time
      </label>
    </fieldset>
  );
}

/** What the fields say, or said when they were last right, so that the pictures stay while somebody types. */
function useLastRight(text: PolicyText | undefined): RetryPolicy | undefined {
  const last = useRef<RetryPolicy>(undefined);
  try {
    if (text) last.current = policyOf(text);
  } catch {
    // The form says what is wrong.
  }
  return text && last.current;
}
