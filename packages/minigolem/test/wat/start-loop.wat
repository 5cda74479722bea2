;; Its start function comes to no end, so that no instance can be made.
(component
  (core module $m
    (func $start (loop (br 0)))
    (start $start)
    (func (export "run") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))
