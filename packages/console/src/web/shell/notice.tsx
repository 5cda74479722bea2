import { GolemError } from "golem-client";
import type { ComponentChildren } from "preact";

/** What went wrong, in the server's words. */
export function Failure({ error }: { error: Error | undefined }) {
  if (!error) return null;
  const said = error instanceof GolemError && error.type === "Unreachable" ? error.details : error.message;
  return (
    <p class="failure" role="alert">
      {said}
    </p>
  );
}

/** What to do where there is nothing yet. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}
