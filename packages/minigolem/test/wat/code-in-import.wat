;; The names by which one core module imports what another exports would end the strings that jco writes them into.
(component
  (core module $a (func (export "f")))
  (core instance $i (instantiate $a))
  (core module $b
    (import "a'+import('node:fs').then((fs) => fs.writeFileSync('MARKER', 'here'))+'" "f" (func $f))
    (func (export "run") (result i32) (call $f) (i32.const 1)))
  (core instance $j
    (instantiate $b
      (with "a'+import('node:fs').then((fs) => fs.writeFileSync('MARKER', 'here'))+'" (instance (export "f" (func $i "f"))))))
  (func (export "run") (result u32) (canon lift (core func $j "run"))))
