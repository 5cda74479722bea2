import type { IndexedEntry } from "golem-client";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { svgPicture } from "../../story/picture.js";

interface PictureProps {
  entries: readonly IndexedEntry[];
  title: string;
  selected: number | undefined;
  onSelect: (oplogIndex: number) => void;
}

/** The worker's timeline. A mark in it leads to its entry in the oplog, and the chosen entry to its mark. */
export function Picture({ entries, title, selected, onSelect }: PictureProps) {
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure);
  const svg = useMemo(() => (width ? svgPicture(entries, title, width) : ""), [entries, title, width]);
  const focused = useRef<string | undefined>(undefined);

  // A new picture has new elements: whoever had the focus gets it back.
  useLayoutEffect(() => {
    const marks = [...(figure.current?.querySelectorAll<SVGElement>("[data-oplog-index]") ?? [])];
    for (const mark of marks) {
      mark.setAttribute("tabindex", "0");
      if (!mark.hasAttribute("role")) mark.setAttribute("role", "button");
      if (!mark.hasAttribute("aria-label")) mark.setAttribute("aria-label", labelOf(mark));
      if (focused.current === mark.dataset.oplogIndex) mark.focus({ preventScroll: true });
    }
  }, [svg]);
  useEffect(() => {
    const marks = [...(figure.current?.querySelectorAll<SVGElement>("[data-oplog-index]") ?? [])];
    for (const mark of marks) mark.classList.toggle("chosen", Number(mark.dataset.oplogIndex) === selected);
  }, [svg, selected]);

  const markOf = (event: Event) => (event.target as Element).closest<SVGElement>("[data-oplog-index]");
  const choose = (event: Event) => {
    const mark = markOf(event);
    if (mark) onSelect(Number(mark.dataset.oplogIndex));
  };
  return (
    <figure
      ref={figure}
      class="picture"
      onClick={choose}
      onKeyDown={(event) => {
        if ((event.key !== "Enter" && event.key !== " ") || !markOf(event)) return;
        event.preventDefault();
        choose(event);
      }}
      onFocusIn={(event) => {
        focused.current = markOf(event)?.dataset.oplogIndex;
      }}
      onFocusOut={() => {
        focused.current = undefined;
      }}
      // golem-timeline escapes every text in it.
      dangerouslySetInnerHTML={{ __html: svg }}
    />
  );
}

const labelOf = (mark: Element) =>
  mark.querySelector("title")?.textContent ?? `Oplog entry ${mark.getAttribute("data-oplog-index")}`;

function useWidth(of: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = of.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(480, Math.floor(element.clientWidth / 20) * 20)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [of]);
  return width;
}
