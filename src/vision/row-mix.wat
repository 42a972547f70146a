;; Weighted sums of an RGB picture's rows, and then of the columns of what comes out: scaling, one destination row at
;; a time.
;;
;; Memory is the caller's; all addresses and steps are in bytes.
(module
  (import "memory" "rows" (memory 1))

  ;; `out` (float32, four times `stride` bytes) = the sum over `taps` rows of bytes, `stride` apart, each with its
  ;; weight (float32). `stride` is a multiple of 16, `taps` is at least 1.
  (func (export "mixRows")
    (param $rows i32) (param $stride i32) (param $weights i32) (param $taps i32) (param $out i32)
    (local $end i32) (local $row i32) (local $weight i32) (local $lastWeight i32)
    (local $w v128) (local $bytes v128) (local $low v128) (local $high v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $rows) (local.get $stride)))
    (local.set $lastWeight (i32.add (local.get $weights) (i32.shl (local.get $taps) (i32.const 2))))
    (loop $chunk
      (local.set $a (v128.const f32x4 0 0 0 0))
      (local.set $b (local.get $a))
      (local.set $c (local.get $a))
      (local.set $d (local.get $a))
      (local.set $row (local.get $rows))
      (local.set $weight (local.get $weights))
      (loop $tap
        (local.set $w (v128.load32_splat (local.get $weight)))
        (local.set $bytes (v128.load (local.get $row)))
        (local.set $low (i16x8.extend_low_i8x16_u (local.get $bytes)))
        (local.set $high (i16x8.extend_high_i8x16_u (local.get $bytes)))
        (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $w)
          (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (local.get $low))))))
        (local.set $b (f32x4.add (local.get $b) (f32x4.mul (local.get $w)
          (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (local.get $low))))))
        (local.set $c (f32x4.add (local.get $c) (f32x4.mul (local.get $w)
          (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (local.get $high))))))
        (local.set $d (f32x4.add (local.get $d) (f32x4.mul (local.get $w)
          (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (local.get $high))))))
        (local.set $row (i32.add (local.get $row) (local.get $stride)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $tap (i32.lt_u (local.get $weight) (local.get $lastWeight))))
      (v128.store (local.get $out) (local.get $a))
      (v128.store offset=16 (local.get $out) (local.get $b))
      (v128.store offset=32 (local.get $out) (local.get $c))
      (v128.store offset=48 (local.get $out) (local.get $d))
      (local.set $out (i32.add (local.get $out) (i32.const 64)))
      (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
      (br_if $chunk (i32.lt_u (local.get $rows) (local.get $end)))))

  ;; For each of `count` (at least 1) destination pixels the sum over `taps` pixels of `row` (three float32 each, 16
  ;; bytes readable), at the offsets (i32) and with the weights (float32) that stand in the tables, `taps` for each;
  ;; then times the four numbers at `scale` plus those at `scale` + 16, and red, green and blue are stored at their
  ;; addresses, the next pixel's `step` further.
  (func (export "mixColumns")
    (param $row i32) (param $offsets i32) (param $weights i32) (param $taps i32) (param $count i32) (param $scale i32)
    (param $red i32) (param $green i32) (param $blue i32) (param $step i32)
    (local $n i32) (local $sum v128) (local $s v128) (local $t v128)
    (local.set $s (v128.load (local.get $scale)))
    (local.set $t (v128.load offset=16 (local.get $scale)))
    (loop $pixel
      (local.set $sum (v128.const f32x4 0 0 0 0))
      (local.set $n (local.get $taps))
      (loop $tap
        (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul
          (v128.load32_splat (local.get $weights))
          (v128.load (i32.add (local.get $row) (i32.load (local.get $offsets)))))))
        (local.set $offsets (i32.add (local.get $offsets) (i32.const 4)))
        (local.set $weights (i32.add (local.get $weights) (i32.const 4)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $tap (local.get $n)))
      (local.set $sum (f32x4.add (f32x4.mul (local.get $sum) (local.get $s)) (local.get $t)))
      (v128.store32_lane 0 (local.get $red) (local.get $sum))
      (v128.store32_lane 1 (local.get $green) (local.get $sum))
      (v128.store32_lane 2 (local.get $blue) (local.get $sum))
      (local.set $red (i32.add (local.get $red) (local.get $step)))
      (local.set $green (i32.add (local.get $green) (local.get $step)))
      (local.set $blue (i32.add (local.get $blue) (local.get $step)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $pixel (local.get $count)))))
