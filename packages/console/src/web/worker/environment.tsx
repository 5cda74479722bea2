import type { WorkerMetadata } from "golem-client";

const bytes = (count: number) =>
  count < 1 << 20 ? `${Math.ceil(count / 1024)} KiB` : `${(count / (1 << 20)).toFixed(1)} MiB`;

/** What the worker was made with. */
export function Environment({ metadata }: { metadata: WorkerMetadata }) {
  const { env, args, createdAt, componentVersion, totalLinearMemorySize, workerId, updates } = metadata;
  const facts: [string, string][] = [
    ["Made at", createdAt],
    ["Component", `${workerId.componentId}, version ${componentVersion}`],
    ["Memory", bytes(totalLinearMemorySize)],
    ["Arguments", args.length > 0 ? args.join(" ") : "none"],
    [
      "Updates",
      updates.length > 0 ? updates.map((one) => `${one.type} to version ${one.targetVersion}`).join(", ") : "none",
    ],
  ];
  return (
    <>
      <table class="facts">
        <caption>Environment variables</caption>
        <tbody>
          {Object.entries(env).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
          {Object.keys(env).length === 0 && (
            <tr>
              <td class="dim">It has none.</td>
            </tr>
          )}
        </tbody>
      </table>
      <table class="facts">
        <caption>Worker</caption>
        <tbody>
          {facts.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
