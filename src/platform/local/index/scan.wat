;; Exact scan of int8 rows against one query, 16 lanes at a time.
;; Rows are int8, the query is int16 (widened once by the caller), both `dims` long, a multiple of 16.
;; Products are at most 127*127 and are summed in int32 lanes, which cannot overflow below 2^17 dimensions.
(module
  (memory (export "memory") 1)
  ;; out[r] = dot(query, row r) * scale[r] for every row whose mask byte is not 0, else -infinity.
  (func (export "scan")
    (param $query i32) (param $rows i32) (param $scales i32) (param $mask i32) (param $out i32)
    (param $count i32) (param $dims i32)
    (local $row i32) (local $end i32) (local $q i32) (local $sum v128) (local $bytes v128)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $row (local.get $rows))
        (local.set $rows (i32.add (local.get $rows) (local.get $dims)))
        (if (i32.eqz (i32.load8_u (local.get $mask)))
          (then (f32.store (local.get $out) (f32.const -inf)))
          (else
            (local.set $q (local.get $query))
            (local.set $end (local.get $rows))
            (local.set $sum (v128.const i32x4 0 0 0 0))
            (loop $lane
              (local.set $bytes (v128.load (local.get $row)))
              (local.set $sum
                (i32x4.add
                  (local.get $sum)
                  (i32x4.add
                    (i32x4.dot_i16x8_s
                      (i16x8.extend_low_i8x16_s (local.get $bytes))
                      (v128.load (local.get $q)))
                    (i32x4.dot_i16x8_s
                      (i16x8.extend_high_i8x16_s (local.get $bytes))
                      (v128.load offset=16 (local.get $q))))))
              (local.set $q (i32.add (local.get $q) (i32.const 32)))
              (br_if $lane
                (i32.lt_u
                  (local.tee $row (i32.add (local.get $row) (i32.const 16)))
                  (local.get $end))))
            (f32.store (local.get $out)
              (f32.mul
                (f32.load (local.get $scales))
                (f32.convert_i32_s
                  (i32.add
                    (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
                    (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))))))
        (local.set $mask (i32.add (local.get $mask) (i32.const 1)))
        (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))))
