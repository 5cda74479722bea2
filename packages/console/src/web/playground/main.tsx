import { render } from "preact";
import { ThemeToggle } from "../shell/theme-toggle.js";
import { Playground } from "./playground.js";

/** The playground by itself: one file, no server. */
render(
  <>
    <header class="top">
      <span class="brand">retry policy playground</span>
      <span class="spring" />
      <ThemeToggle />
    </header>
    <main id="main">
      <Playground />
    </main>
  </>,
  document.getElementById("app") as HTMLElement,
);
