import type { Component } from "golem-client";
import { useState } from "preact/hooks";
import { functionText } from "../forms/wit.js";
import { golem, latestComponents } from "../server/golem.js";
import { Empty, Failure } from "../shell/notice.js";
import { usePoll } from "../shell/poll.js";
import { linkTo } from "../shell/route.js";
import { NewWorker } from "./new-worker.js";
import { Upload } from "./upload.js";

/** One component, or, without a name, all of them. */
export function ComponentPage({ name }: { name: string }) {
  return name === "" ? <AllComponents /> : <OneComponent name={name} />;
}

function AllComponents() {
  const { value, error, refresh } = usePoll("components", latestComponents, 3000);
  return (
    <>
      <div class="head">
        <h1>Components</h1>
      </div>
      <Failure error={error} />
      <div class="split">
        {value?.length === 0 ? (
          <Empty>
            Nothing has been uploaded yet. A component is a .wasm file; `npm run components` builds those of the
            examples.
          </Empty>
        ) : (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Component</th>
                  <th scope="col" class="number">
                    Version
                  </th>
                  <th scope="col" class="number">
                    Size
                  </th>
                  <th scope="col">Uploaded</th>
                  <th scope="col">Workers</th>
                </tr>
              </thead>
              <tbody>
                {value?.map((component) => (
                  <Row key={component.versionedComponentId.componentId} component={component} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        <Upload component={undefined} onDone={refresh} />
      </div>
    </>
  );
}

const mebibytes = (bytes: number) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;

function Row({ component }: { component: Component }) {
  const { componentName, componentSize, createdAt, versionedComponentId } = component;
  return (
    <tr>
      <td>
        <a href={linkTo(["component", componentName])}>{componentName}</a>
      </td>
      <td class="number figures">{versionedComponentId.version}</td>
      <td class="number figures">{mebibytes(componentSize)}</td>
      <td class="figures">{createdAt.slice(0, 19).replace("T", " ")}</td>
      <td>
        <a href={linkTo([""], { component: componentName })}>its workers</a>
      </td>
    </tr>
  );
}

async function readVersions(name: string): Promise<Component[]> {
  const component = await golem.components.find(name);
  if (!component) throw new Error(`There is no component ${name} on this server. Upload it first.`);
  const versions = await golem.components.versions(component.versionedComponentId.componentId);
  return versions.sort((a, b) => b.versionedComponentId.version - a.versionedComponentId.version);
}

function OneComponent({ name }: { name: string }) {
  const { value: versions, error, refresh } = usePoll(`component ${name}`, () => readVersions(name), 3000);
  const [chosen, setChosen] = useState<number>();
  const shown = versions?.find(({ versionedComponentId }) => versionedComponentId.version === chosen) ?? versions?.[0];
  return (
    <>
      <div class="head">
        <h1>{name}</h1>
        <a href={linkTo([""], { component: name })}>its workers</a>
      </div>
      <Failure error={error} />
      {versions && shown && (
        <div class="split">
          <div>
            <Versions versions={versions} shown={shown} onChoose={setChosen} />
            <Exports component={shown} />
          </div>
          <div class="stack">
            <NewWorker component={shown} />
            <Upload component={shown} onDone={refresh} />
          </div>
        </div>
      )}
    </>
  );
}

function Versions(props: { versions: Component[]; shown: Component; onChoose: (version: number) => void }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Kind</th>
            <th scope="col" class="number">
              Size
            </th>
            <th scope="col">Uploaded</th>
          </tr>
        </thead>
        <tbody>
          {props.versions.map((one) => {
            const { version } = one.versionedComponentId;
            return (
              <tr key={version}>
                <td>
                  <button
                    type="button"
                    class="quiet"
                    aria-pressed={one === props.shown}
                    onClick={() => props.onChoose(version)}
                  >
                    Version {version}
                  </button>
                </td>
                <td>{one.componentType}</td>
                <td class="number figures">{mebibytes(one.componentSize)}</td>
                <td class="figures">{one.createdAt.slice(0, 19).replace("T", " ")}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Exports({ component: { metadata, versionedComponentId } }: { component: Component }) {
  return (
    <section>
      <h2>Exports of version {versionedComponentId.version}</h2>
      {metadata.exports.map((item) => (
        <div key={item.name} class="export">
          {item.type === "Instance" && <h3>{item.name}</h3>}
          {(item.type === "Instance" ? item.functions : [item]).map((fn) => (
            <code key={fn.name} class="signature">
              {functionText(fn)}
            </code>
          ))}
        </div>
      ))}
    </section>
  );
}
