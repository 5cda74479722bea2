import type { IndexedEntry } from "golem-client";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { svgPicture } from "../../story/picture.js";
import { theme } from "../shell/theme.js";

interface PictureProps {
  entries: readonly IndexedEntry[];
  title: string;
  selected: number | undefined;
  /** Of a worker that is alive: up to when to draw. Milliseconds since 1970. */
  now: number | undefined;
  /** Where a mark leads, by its oplog index. */
  link: (oplogIndex: number) => string;
}

/** The worker's timeline. A mark in it is a link to its entry in the oplog, and the mark of the chosen entry, or the last one before it, is outlined. */
export function Picture({ entries, title, selected, now, link }: PictureProps) {
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure);
  const chosenTheme = theme.value === "system" ? "auto" : theme.value;
  const svg = useMemo(() => {
    if (width === 0) return "";
    return svgPicture(entries, { title, width, link, theme: chosenTheme, heading: false, id: "picture" }, now);
  }, [entries, title, width, chosenTheme, now]);
  const focused = useRef<string | null>(null);

  // A new picture has new elements: whoever had the focus gets it back.
  useLayoutEffect(() => {
    const links = [...(figure.current?.querySelectorAll<SVGAElement>("a") ?? [])];
    if (focused.current)
      links.find((each) => each.getAttribute("href") === focused.current)?.focus({ preventScroll: true });
  }, [svg]);
  useEffect(() => {
    const marks = [...(figure.current?.querySelectorAll<SVGElement>("[data-oplog-index]") ?? [])];
    const chosen = Math.max(...marks.map(indexOf).filter((index) => index <= (selected ?? 0)));
    for (const mark of marks) mark.classList.toggle("chosen", indexOf(mark) === chosen);
  }, [svg, selected]);

  return (
    <figure
      ref={figure}
      class="picture"
      onFocusIn={(event) => {
        focused.current = (event.target as Element).getAttribute("href");
      }}
      onFocusOut={(event) => {
        if (event.relatedTarget) focused.current = null; // and not because the picture was drawn anew
      }}
      // golem-timeline escapes every text in it.
      dangerouslySetInnerHTML={{ __html: svg }}
    />
  );
}

const indexOf = (mark: SVGElement) => Number(mark.dataset.oplogIndex);

function useWidth(of: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = of.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(300, Math.floor(element.clientWidth / 20) * 20)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [of]);
  return width;
}
