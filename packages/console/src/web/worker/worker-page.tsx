import { type Failure as Failed, GolemError, type IndexedEntry, type WorkerMetadata } from "golem-client";
import { useMemo } from "preact/hooks";
import { unknownEntries } from "../../story/entry-types.js";
import { isUnderWay, outlook } from "../../story/outlook.js";
import { failureLines } from "../../story/words.js";
import { golem } from "../server/golem.js";
import { readOplog } from "../server/oplogs.js";
import { Empty, Failure } from "../shell/notice.js";
import { usePoll } from "../shell/poll.js";
import { linkTo, route, setQuery } from "../shell/route.js";
import { StatusBadge } from "../shell/status-badge.js";
import { Actions } from "./actions.js";
import { Environment } from "./environment.js";
import { Executions } from "./executions.js";
import { Invoke } from "./invoke.js";
import { Logs } from "./logs.js";
import { OplogView } from "./oplog-view.js";
import { OutlookStrip } from "./outlook-strip.js";
import { Picture } from "./picture.js";
import { type Tab, Tabs } from "./tabs.js";

/** Everything about one worker, growing while it lives. */
export function WorkerPage({ componentName, name }: { componentName: string; name: string }) {
  const { value, error, refresh } = usePoll(`${componentName}/${name}`, () => readWorker(componentName, name), 700);
  const missing = error instanceof GolemError && error.status === 404;
  return (
    <>
      <div class="head">
        <h1>
          <a href={linkTo(["component", componentName])}>{componentName}</a>
          <span class="dim"> / </span>
          {name}
        </h1>
        {value?.metadata && <StatusBadge status={value.metadata.status} />}
        <span class="spring" />
        {value?.metadata && <Actions metadata={value.metadata} onDone={refresh} />}
      </div>
      {missing ? (
        <Empty>
          {componentName} has no worker {name}. It may have been deleted. Invoking it makes it.
        </Empty>
      ) : (
        <Failure error={error} />
      )}
      {value && (
        <div class="split">
          <div>
            {value.metadata && (
              <Story
                componentName={componentName}
                metadata={value.metadata}
                entries={value.entries}
                failure={value.failure}
                readAt={value.readAt}
                onDone={refresh}
              />
            )}
          </div>
          <Invoke component={value.component} worker={name} onDone={refresh} />
        </div>
      )}
    </>
  );
}

async function readWorker(componentName: string, name: string) {
  const component = await golem.components.find(componentName);
  if (!component) throw new Error(`There is no component ${componentName} on this server. Upload it first.`);
  const worker = golem.worker(component.versionedComponentId.componentId, name);
  const metadata = await worker.metadata();
  const failure = metadata.lastError === null ? undefined : await worker.failure();
  return { component, metadata, failure, entries: await readOplog(metadata), readAt: Date.now() };
}

interface StoryProps {
  componentName: string;
  readAt: number;
  metadata: WorkerMetadata;
  failure: Failed | undefined;
  entries: readonly IndexedEntry[];
  onDone: () => void;
}

function Story({ componentName, metadata, failure, entries, readAt, onDone }: StoryProps) {
  const { query } = route.value;
  const { status, hazards = [] } = metadata;
  const tab = (query.get("tab") ?? "executions") as Tab;
  const selected = Number(query.get("entry")) || undefined;
  const found = useMemo(() => outlook(entries, status), [entries, status]);
  const unknown = useMemo(() => unknownEntries(entries), [entries]);
  const link = (index: number) =>
    linkTo(["worker", componentName, metadata.workerId.workerName], { tab: "oplog", entry: String(index) });
  const select = (index: number) => setQuery({ tab: "oplog", entry: String(index) });
  return (
    <>
      <OutlookStrip status={status} outlook={found} pending={metadata.pendingInvocationCount} />
      {failure && <p class="failure">{failureLines(failure).join("\n")}</p>}
      {hazards.map(({ message, remedy }) => (
        <p class="hazard-note" key={message}>
          <b>Hazard.</b> {message}. {remedy}
        </p>
      ))}
      {unknown && <p class="hazard-note">{unknown}</p>}
      <Picture
        entries={entries}
        title={`${componentName}/${metadata.workerId.workerName}`}
        selected={selected}
        now={isUnderWay(status) ? readAt : undefined}
        link={link}
      />
      <Tabs chosen={tab} onChoose={(next) => setQuery({ tab: next })} />
      <section role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`} tabIndex={-1}>
        {tab === "executions" && <Executions entries={entries} link={link} />}
        {tab === "oplog" && (
          <OplogView entries={entries} selected={selected} onSelect={select} metadata={metadata} onDone={onDone} />
        )}
        {tab === "logs" && <Logs entries={entries} />}
        {tab === "environment" && <Environment metadata={metadata} />}
      </section>
    </>
  );
}
