import type { Stage, UpstreamKind } from "./scenario.ts";

/** A request without an answer, which the guest aborts after 300 ms, and not before it has arrived at the upstream. */
export async function abortedRequest(s: Stage, kind: UpstreamKind): Promise<void> {
  const answer = s.invoke("fetch-abort", [s.base, s.path(kind, 0), 300]);
  await s.requested(1);
  await s.sleep(300);
  s.flow();
  await answer;
}
