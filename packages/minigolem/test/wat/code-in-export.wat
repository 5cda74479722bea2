;; The name of a core module's export would end the string that jco writes it into, and go on as JavaScript.
(component
  (core module $m
    (func (export "x']); import('node:fs').then((fs) => fs.writeFileSync('MARKER', 'here')); ([''")
      (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32)
    (canon lift (core func $i "x']); import('node:fs').then((fs) => fs.writeFileSync('MARKER', 'here')); ([''"))))
