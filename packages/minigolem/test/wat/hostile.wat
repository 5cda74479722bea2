;; What nobody would do by intent: each function takes more and more of one thing.
(module
  (import "golem:api/host@1.1.0" "set-oplog-persistence-level" (func $persist (param i32)))
  (import "wasi:logging/logging" "log" (func $log (param i32 i32 i32 i32 i32)))
  (import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration" (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@0.2.3" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:filesystem/preopens@0.2.3" "get-directories" (func $directories (param i32)))
  (import "wasi:filesystem/types@0.2.3" "[method]descriptor.open-at"
    (func $open (param i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.3" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.3" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.3" "[method]outgoing-request.set-scheme"
    (func $scheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.3" "[method]outgoing-request.set-authority"
    (func $authority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.3" "[method]future-incoming-response.get" (func $get (param i32 i32)))
  (import "wasi:http/types@0.2.3" "[method]future-incoming-response.subscribe" (func $answered (param i32) (result i32)))
  (import "wasi:http/types@0.2.3" "[method]incoming-response.status" (func $status (param i32) (result i32)))
  (import "wasi:http/outgoing-handler@0.2.3" "handle" (func $handle (param i32 i32 i32 i32)))
  (memory (export "memory") 32)
  (global $top (mut i32) (i32.const 1100000)) ;; below it: scratch, and a message of a megabyte. Nothing is ever freed.
  (func $alloc (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (global.set $top (i32.add (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)) (local.get $size)))
    (i32.sub (global.get $top) (local.get $size)))
  (data (i32.const 0) "a")

  ;; A request to the authority; its future.
  (func $send (param $at i32) (param $length i32) (result i32)
    (local $request i32)
    (local.set $request (call $request (call $fields)))
    (drop (call $scheme (local.get $request) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $authority (local.get $request) (i32.const 1) (local.get $at) (local.get $length)))
    (call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 64))
    (i32.load (i32.const 68)))

  (func (export "test:wat/hostile#log")
    (memory.fill (i32.const 1024) (i32.const 97) (i32.const 1048576))
    (loop $again
      (call $log (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 1024) (i32.const 1048576))
      (br $again)))
  (func (export "test:wat/hostile#log-short")
    (loop $again
      (call $log (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))
      (br $again)))
  (func (export "test:wat/hostile#ask") (param $at i32) (param $length i32)
    (loop $again
      (drop (call $send (local.get $at) (local.get $length)))
      (br $again)))
  (func (export "test:wat/hostile#open")
    (local $folder i32)
    (call $directories (i32.const 64))
    (local.set $folder (i32.load (i32.load (i32.const 64))))
    (loop $again
      (call $open (local.get $folder) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 3) (i32.const 64))
      (br $again)))
  (func (export "test:wat/hostile#grow") (result i32)
    (loop $again
      (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (memory.fill (i32.const 2000000) (i32.const 1) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 2000000)))
    (memory.size))
  (func (export "test:wat/hostile#pile")
    (loop $again
      (drop (call $subscribe (i64.const 1000000000)))
      (br $again)))
  (func (export "test:wat/hostile#spin") (loop (br 0)))
  ;; Asks without a record, and waits for the answer; its status.
  (func (export "test:wat/hostile#ask-unrecorded") (param $at i32) (param $length i32) (result i32)
    (local $future i32)
    (call $persist (i32.const 0))
    (local.set $future (call $send (local.get $at) (local.get $length)))
    (loop $again
      (call $get (local.get $future) (i32.const 64))
      (if (i32.eqz (i32.load8_u (i32.const 64)))
        (then
          (call $block (call $answered (local.get $future)))
          (br $again))))
    (call $persist (i32.const 2))
    (call $status (i32.load (i32.const 76))))
  (func (export "test:wat/hostile#nothing")))
