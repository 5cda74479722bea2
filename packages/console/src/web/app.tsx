import { ComponentPage } from "./component/component-page.js";
import { Playground } from "./playground/playground.js";
import { linkTo, route } from "./shell/route.js";
import { ThemeToggle } from "./shell/theme-toggle.js";
import { WorkerPage } from "./worker/worker-page.js";
import { WorkersPage } from "./workers/workers-page.js";

export function App() {
  const { page } = route.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href={linkTo([])}>
          golem console
        </a>
        <nav aria-label="Pages">
          <a href={linkTo([])} aria-current={page === "" ? "page" : undefined}>
            Workers
          </a>
          <a href={linkTo(["component"])} aria-current={page === "component" ? "page" : undefined}>
            Components
          </a>
          <a href={linkTo(["playground"])} aria-current={page === "playground" ? "page" : undefined}>
            Playground
          </a>
        </nav>
        <span class="spring" />
        <span class="dim">{location.host}</span>
        <ThemeToggle />
      </header>
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
    </>
  );
}

function Page() {
  const { page, parts } = route.value;
  const [component = "", worker = ""] = parts;
  if (page === "playground") return <Playground />;
  if (page === "component") return <ComponentPage name={component} key={component} />;
  if (page === "worker") return <WorkerPage componentName={component} name={worker} key={parts.join("/")} />;
  return <WorkersPage />;
}
