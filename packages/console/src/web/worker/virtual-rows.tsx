import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

interface VirtualRowsProps<T> {
  items: readonly T[];
  /** Pixels; each row is exactly so high. */
  rowHeight: number;
  /** The row that must be seen; changes scroll to it. */
  reveal: number | undefined;
  label: string;
  row: (item: T, index: number) => ComponentChildren;
}

/** A long list of which only the rows that can be seen exist. */
export function VirtualRows<T>({ items, rowHeight, reveal, label, row }: VirtualRowsProps<T>) {
  const box = useRef<HTMLElement>(null);
  const [view, setView] = useState({ top: 0, height: 400 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setView({ top: element.scrollTop, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || reveal === undefined || reveal < 0) return;
    const at = reveal * rowHeight;
    if (at < element.scrollTop || at + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = at - element.clientHeight / 3;
  }, [reveal, rowHeight]);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - 8);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + 8);
  return (
    <section
      ref={box}
      class="virtual"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
      tabIndex={0}
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
    >
      <div style={{ height: `${items.length * rowHeight}px`, position: "relative" }}>
        <div style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {items.slice(first, last).map((item, i) => row(item, first + i))}
        </div>
      </div>
    </section>
  );
}
