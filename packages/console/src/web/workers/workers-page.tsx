import type { WorkerStatus } from "golem-client";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { latestComponents } from "../server/golem.js";
import { Empty, Failure } from "../shell/notice.js";
import { usePoll } from "../shell/poll.js";
import { linkTo, route, setQuery } from "../shell/route.js";
import { useOutlooks } from "./outlooks.js";
import { type Place, readPage } from "./worker-rows.js";
import { WorkerTable } from "./worker-table.js";

const statuses: WorkerStatus[] = ["Retrying", "Failed", "Running", "Suspended", "Idle", "Interrupted", "Exited"];
const pageSize = 50;

/** All workers of all components, a page at a time: the server filters, so that ten thousand are as quick as ten. */
export function WorkersPage() {
  const { query } = route.value;
  const [component, status, name] = [query.get("component") ?? "", query.get("status") ?? "", query.get("name") ?? ""];
  const [places, setPlaces] = useState<Place[]>([{ component: 0 }]);
  const filterKey = JSON.stringify([component, status, name]);
  useEffect(() => setPlaces([{ component: 0 }]), [filterKey]);

  const components = usePoll("components", latestComponents, 5000);
  const chosen = components.value?.filter(({ componentName }) => component === "" || componentName === component);
  const place = places.at(-1) as Place;
  const page = usePoll(
    JSON.stringify([filterKey, place, chosen?.map(({ versionedComponentId }) => versionedComponentId)]),
    async () => chosen && (await readPage(chosen, { status, name }, place, pageSize)),
    1500,
  );
  const rows = page.value?.rows;
  const outlooks = useOutlooks(useMemo(() => rows?.map(({ metadata }) => metadata), [rows]));
  const next = page.value?.next;

  return (
    <>
      <div class="head">
        <h1>Workers</h1>
        <Filters
          component={component}
          status={status}
          name={name}
          components={components.value?.map((c) => c.componentName) ?? []}
        />
      </div>
      <Failure error={components.error ?? page.error} />
      {rows && rows.length > 0 && <WorkerTable rows={rows} outlooks={outlooks} />}
      {rows?.length === 0 && (
        <NoWorkers filtered={component + status + name !== ""} components={components.value?.length ?? 0} />
      )}
      {(places.length > 1 || next) && (
        <nav class="pager" aria-label="Pages of workers">
          <button type="button" disabled={places.length === 1} onClick={() => setPlaces(places.slice(0, -1))}>
            ← Previous
          </button>
          <span class="dim">
            {(places.length - 1) * pageSize + 1} to {(places.length - 1) * pageSize + (rows?.length ?? 0)}
          </span>
          <button type="button" disabled={!next} onClick={() => next && setPlaces([...places, next])}>
            Next →
          </button>
        </nav>
      )}
    </>
  );
}

function Filters(props: { component: string; status: string; name: string; components: string[] }) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || /^(INPUT|SELECT|TEXTAREA)$/.test((event.target as Element).tagName)) return;
      event.preventDefault();
      search.current?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <search class="filters">
      <input
        ref={search}
        type="search"
        placeholder="Name contains…   ( / )"
        aria-label="Name contains"
        value={props.name}
        onInput={(event) => setQuery({ name: event.currentTarget.value.trim() })}
      />
      <select
        aria-label="Component"
        value={props.component}
        onChange={(event) => setQuery({ component: event.currentTarget.value })}
      >
        <option value="">All components</option>
        {props.components.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
      <fieldset class="chips">
        <legend class="hidden">Status</legend>
        {["", ...statuses].map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={props.status === each}
            onClick={() => setQuery({ status: each })}
          >
            {each || "All"}
          </button>
        ))}
      </fieldset>
    </search>
  );
}

function NoWorkers({ filtered, components }: { filtered: boolean; components: number }) {
  if (filtered) return <Empty>No worker is like that. Take a filter away to see more.</Empty>;
  return (
    <Empty>
      <p>No worker is there yet.</p>
      <p>
        {components === 0 ? (
          <>
            <a href={linkTo(["component"])}>Upload a component</a>, then make a worker of it.
          </>
        ) : (
          <>
            <a href={linkTo(["component"])}>Choose a component</a> and make a worker of it.
          </>
        )}
      </p>
    </Empty>
  );
}
