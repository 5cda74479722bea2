import { lint, type RetryPolicy } from "golem-retry/policy";
import { profiles } from "./schedule.js";

/** What an engine does otherwise than the policy reads, and what to do about it. */
export function Findings({ title, policy }: { title: string; policy: RetryPolicy }) {
  const found = new Map<string, string[]>();
  for (const { engine, name } of profiles)
    for (const { message } of lint(policy, engine)) found.set(message, [...(found.get(message) ?? []), name]);
  return (
    <section class="findings" aria-label={`Findings about ${title}`}>
      <h3>{title}</h3>
      {found.size === 0 && <p class="good">Every profile carries it out as it reads.</p>}
      <ul>
        {[...found].map(([message, names]) => (
          <li key={message}>
            <Marked text={message} />. <span class="dim">{names.join(", ")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A text with its `backticks` set as code. */
export function Marked({ text }: { text: string }) {
  const parts = text.split(/`([^`]*)`/);
  return <>{parts.map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part))}</>;
}
