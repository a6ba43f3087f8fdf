;; WASI preview 1, answered inside of the component. The compilers that make core modules for it (Go's) import it whether the
;; module needs it or not. There are no arguments, no environment and no files; output goes to the log by way of WASI 0.2, and
;; so do questions for random numbers.
;;
;; Nothing here may need a place in memory: the memory is the module's. All else is answered without leaving the component,
;; because that is forbidden while a module is handed its input, and Go collects its garbage then, looking at the clock and
;; polling.
(module
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $get-stdout (result i32)))
  (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $get-stderr (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $write (param $stream i32) (param $bytes i32) (param $length i32) (param $result i32)))
  (import "wasi:random/random@0.2.0" "get-random-u64" (func $random-number (result i64)))
  (import "env" "memory" (memory 0))

  ;; Streams, 0 until they are asked for: no handle is 0.
  (global $stdout (mut i32) (i32.const 0))
  (global $stderr (mut i32) (i32.const 0))
  ;; Nanoseconds. Go's collector waits for time to pass, so each look at the clock is one.
  (global $now (mut i64) (i64.const 0))

  (func $nothing (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (i32.const 0))
  (func (export "args_sizes_get") (param i32 i32) (result i32) (call $nothing (local.get 0) (local.get 1)))
  (func (export "args_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "environ_sizes_get") (param i32 i32) (result i32) (call $nothing (local.get 0) (local.get 1)))
  (func (export "environ_get") (param i32 i32) (result i32) (i32.const 0))

  ;; Clock 0 tells the date, which is always the start of 1970.
  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $time i32) (result i32)
    (if (local.get $clock)
      (then
        (global.set $now (i64.add (global.get $now) (i64.const 1)))
        (i64.store (local.get $time) (global.get $now)))
      (else (i64.store (local.get $time) (i64.const 0))))
    (i32.const 0))
  (func (export "clock_res_get") (param $clock i32) (param $resolution i32) (result i32)
    (i64.store (local.get $resolution) (i64.const 1))
    (i32.const 0))
  ;; For wasmtime's own adapter, whose clock is outside: Go's bindings tell it when it cannot be asked.
  (func (export "adapter_monotonic_clock_set_paused") (param i32))

  ;; All that is waited for has come; where it is a time, that has passed. Of a subscription's 48 bytes: 0 the user's word,
  ;; 8 what it is (0 a clock), 24 the time, 40 whether that is not from now on. Of an event's 32: 0 the same word, 8 an error,
  ;; 10 what it is.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $events i32) (result i32)
    (i32.store (local.get $events) (local.get $count))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (if (i32.eqz (i32.load8_u offset=8 (local.get $in))) (then (call $wait (local.get $in))))
        (i64.store (local.get $out) (i64.load (local.get $in)))
        (i64.store offset=8 (local.get $out) (i64.const 0))
        (i32.store8 offset=10 (local.get $out) (i32.load8_u offset=8 (local.get $in)))
        (local.set $in (i32.add (local.get $in) (i32.const 48)))
        (local.set $out (i32.add (local.get $out) (i32.const 32)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.const 0))
  (func $wait (param $subscription i32)
    (local $until i64)
    (local.set $until (i64.load offset=24 (local.get $subscription)))
    (if (i32.eqz (i32.load16_u offset=40 (local.get $subscription)))
      (then (local.set $until (i64.add (global.get $now) (local.get $until)))))
    (if (i64.gt_u (local.get $until) (global.get $now)) (then (global.set $now (local.get $until)))))
  (func (export "sched_yield") (result i32) (i32.const 0))

  (func (export "random_get") (param $at i32) (param $length i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (i64.store8 (local.get $at) (call $random-number))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  ;; Of an array of pieces, each an address and a length.
  (func (export "fd_write") (param $fd i32) (param $piece i32) (param $count i32) (param $written i32) (result i32)
    (local $stream i32)
    (local $sum i32)
    (if (i32.eq (local.get $fd) (i32.const 1)) (then (local.set $stream (call $output))))
    (if (i32.eq (local.get $fd) (i32.const 2)) (then (local.set $stream (call $errors))))
    (if (i32.eqz (local.get $stream)) (then (return (i32.const 8))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (call $write-piece (local.get $stream) (i32.load (local.get $piece)) (i32.load offset=4 (local.get $piece)))
        (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $piece))))
        (local.set $piece (i32.add (local.get $piece) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $written) (local.get $sum))
    (i32.const 0))
  ;; The result, of no interest, takes 12 bytes: those at 0 are lent for it.
  (func $write-piece (param $stream i32) (param $bytes i32) (param $length i32)
    (local $lent i64)
    (local $lent-too i32)
    (local.set $lent (i64.load (i32.const 0)))
    (local.set $lent-too (i32.load (i32.const 8)))
    (call $write (local.get $stream) (local.get $bytes) (local.get $length) (i32.const 0))
    (i64.store (i32.const 0) (local.get $lent))
    (i32.store (i32.const 8) (local.get $lent-too)))
  (func $output (result i32)
    (if (i32.eqz (global.get $stdout)) (then (global.set $stdout (call $get-stdout))))
    (global.get $stdout))
  (func $errors (result i32)
    (if (i32.eqz (global.get $stderr)) (then (global.set $stderr (call $get-stderr))))
    (global.get $stderr))

  ;; A module that ends the process has failed.
  (func (export "proc_exit") (param i32) (unreachable))
  (func (export "proc_raise") (param i32) (result i32) (unreachable))

  ;; No descriptor is good (error 8), so there is nothing in which to look for a path either.
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_allocate") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_close") (param i32) (result i32) (i32.const 8))
  (func (export "fd_datasync") (param i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_flags") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_pread") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_pwrite") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_read") (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_renumber") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_sync") (param i32) (result i32) (i32.const 8))
  (func (export "fd_tell") (param i32 i32) (result i32) (i32.const 8))
  (func (export "path_create_directory") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_get") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "path_readlink") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_remove_directory") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_rename") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_symlink") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_unlink_file") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_accept") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_send") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_shutdown") (param i32 i32) (result i32) (i32.const 8)))
