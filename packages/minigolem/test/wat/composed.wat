;; Two components in one: what the second takes for the host's clock is the first.
(component
  (component $clock
    (core module $m (func (export "now") (result i64) (i64.const 42)))
    (core instance $i (instantiate $m))
    (func $now (result u64) (canon lift (core func $i "now")))
    (instance $out (export "now" (func $now)))
    (export "wasi:clocks/monotonic-clock@0.2.0" (instance $out)))
  (component $reader
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))
    (core func $now (canon lower (func $clock "now")))
    (core module $m
      (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $now (result i64)))
      (func (export "read") (result i64) (call $now)))
    (core instance $i
      (instantiate $m (with "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func $now))))))
    (func $read (result u64) (canon lift (core func $i "read")))
    (instance $out (export "read" (func $read)))
    (export "test:wat/composed" (instance $out)))
  (instance $c (instantiate $clock))
  (alias export $c "wasi:clocks/monotonic-clock@0.2.0" (instance $shown))
  (instance $r (instantiate $reader (with "wasi:clocks/monotonic-clock@0.2.0" (instance $shown))))
  (alias export $r "test:wat/composed" (instance $out))
  (export "test:wat/composed" (instance $out)))
