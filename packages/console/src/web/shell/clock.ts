import { signal } from "@preact/signals";

/** Milliseconds since 1970, ten times a second while the page can be seen. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 100);
