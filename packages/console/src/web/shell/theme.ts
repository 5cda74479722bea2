import { effect, signal } from "@preact/signals";

export type Theme = "light" | "dark" | "system";

const key = "golem-console-theme";
const kept = (() => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a page that was opened as a file may keep nothing
  }
})();

/** The user's choice. System: as the browser prefers. */
export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : "system");

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  try {
    localStorage.setItem(key, theme.value);
  } catch {
    // Then it holds for this visit only.
  }
});
