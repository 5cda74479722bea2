import { type RetryPolicy, toNamedPolicy, toWit } from "golem-retry/policy";
import { useState } from "preact/hooks";
import { textOf } from "./state.js";

/** The policy in the three forms that somebody may need it in. */
export function Code({ title, policy }: { title: string | undefined; policy: RetryPolicy }) {
  const of = title ? `${title}: ` : "";
  return (
    <div class="code">
      <Block title={`${of}TypeScript`} text={typescript(policy)} />
      <Block title={`${of}WIT record`} text={wit(policy)} />
      <Block title={`${of}Golem 1.5 named policy`} text={named(policy)} />
    </div>
  );
}

export function typescript(policy: RetryPolicy): string {
  const { retries, minDelay, maxDelay, multiplier, jitter } = textOf(policy);
  const last = policy.jitter > 0 ? `\n  jitter: ${jitter},` : "";
  return `import { retryPolicy } from "golem-retry";

const policy = retryPolicy({
  retries: ${retries},
  minDelay: "${minDelay}",
  maxDelay: "${maxDelay}",
  multiplier: ${multiplier},${last}
});`;
}

export function wit(policy: RetryPolicy): string {
  const { maxAttempts, minDelay, maxDelay, multiplier, maxJitterFactor } = toWit(policy);
  const factor = Number.isInteger(multiplier) ? `${multiplier}.0` : String(multiplier);
  return `// retry-policy of golem:api/host@1.1.0; delays in nanoseconds
{
  max-attempts: ${maxAttempts},
  min-delay: ${minDelay},
  max-delay: ${maxDelay},
  multiplier: ${factor},
  max-jitter-factor: ${maxJitterFactor === undefined ? "none" : `some(${maxJitterFactor})`},
}`;
}

export function named(policy: RetryPolicy): string {
  return `// named-retry-policy of golem:api/retry@1.5.0
const named = ${literal(toNamedPolicy(policy, "my-policy"), "")};`;
}

/** As TypeScript writes it, bigints included. */
function literal(value: unknown, indent: string): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const more = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((each) => literal(each, more))
    : Object.entries(value).map(([key, each]) => `${key}: ${literal(each, more)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const line = `${open} ${parts.join(", ")} ${close}`;
  return line.length <= 72 && !line.includes("\n")
    ? line
    : `${open}\n${parts.map((part) => `${more}${part},\n`).join("")}${indent}${close}`;
}

function Block({ title, text }: { title: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 1500);
      },
      () => setCopied(false), // then it is there to be selected
    );
  return (
    <section>
      <div class="head">
        <h3>{title}</h3>
        <button type="button" class="quiet" onClick={copy}>
          {copied ? "Copied" : "Copy"}
        </button>
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
        tabIndex={0}
      >
        {text}
      </pre>
    </section>
  );
}
