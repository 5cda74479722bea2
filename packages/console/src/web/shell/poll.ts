import { useEffect, useRef, useState } from "preact/hooks";

/** What was read last, and what went wrong last. */
export interface Polled<T> {
  value: T | undefined;
  error: Error | undefined;
  /** Reads at once. */
  refresh(): void;
}

/**
 * Reads again and again while the page can be seen.
 * @param key reading starts anew when it changes
 * @param interval milliseconds between the end of one reading and the next
 */
export function usePoll<T>(key: string, read: () => Promise<T>, interval: number): Polled<T> {
  const [state, setState] = useState<{ key: string; value?: T; error?: Error }>({ key });
  const wake = useRef(() => {});
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      clearTimeout(timer);
      try {
        const value = await latest.current();
        if (!over) setState({ key, value });
      } catch (error) {
        if (!over) setState((before) => ({ ...before, key, error: error as Error }));
      }
      if (!over) timer = setTimeout(again, interval);
    };
    const again = () => {
      if (document.hidden) timer = setTimeout(again, interval);
      else look();
    };
    wake.current = look;
    look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [key, interval]);
  const current = state.key === key ? state : undefined;
  return { value: current?.value, error: current?.error, refresh: () => wake.current() };
}
