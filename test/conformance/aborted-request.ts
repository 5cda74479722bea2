import type { Stage, UpstreamKind } from "./scenario.ts";

/**
 * A request without an answer, which the guest aborts after 300 ms. In held time it does not abort it before it has arrived at the
 * upstream. Time stays held, because a recovery that makes the request again may abort that, too.
 */
export async function abortedRequest(s: Stage, kind: UpstreamKind): Promise<void> {
  const answer = s.invoke("fetch-abort", [s.base, s.path(kind, 0), 300]);
  await s.requested(1);
  await s.sleep(300);
  await answer;
}
