;; A memory's name would become code.
(component
  (core module $m
    (memory (export "m']; import('node:fs').then((fs) => fs.writeFileSync('MARKER', 'here')); ['") 1)
    (func (export "alloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "run") (param i32 i32) (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "m']; import('node:fs').then((fs) => fs.writeFileSync('MARKER', 'here')); ['" (core memory $memory))
  (func (export "run") (param "s" string) (result u32)
    (canon lift (core func $i "run") (memory $memory) (realloc (core func $i "alloc")))))
