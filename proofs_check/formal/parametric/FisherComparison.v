(** S8 says at least as much as S4 [s8-over-s4]: the numbers. *)
From Coq Require Import Reals Lra Psatz Ratan.
From Coquelicot Require Import Coquelicot.
From Flat Require Import Calculus Logarithms FisherTime.
Open Scope R_scope.

(** exp lies below its chord from -w to 0. *)
Lemma exp_chord t w : 0 <= t <= 1 -> exp (- (t * w)) <= 1 - t + t * exp (- w).
Proof.
  intros Ht. pose proof (exp_pos (- (t * w))) as He.
  assert (H0 : exp (- (t * w)) * (1 + t * w) <= 1).
  { pose proof (exp_ge_1_plus (t * w)) as H. apply (Rmult_le_compat_l (exp (- (t * w)))) in H; [|lra].
    rewrite <- exp_plus in H. replace (- (t * w) + t * w) with 0 in H by ring. now rewrite exp_0 in H. }
  assert (H1 : exp (- (t * w)) * (1 + (t * w - w)) <= exp (- w)).
  { pose proof (exp_ge_1_plus (t * w - w)) as H. apply (Rmult_le_compat_l (exp (- (t * w)))) in H; [|lra].
    rewrite <- exp_plus in H. replace (- (t * w) + (t * w - w)) with (- w) in H by ring. exact H. }
  apply (Rmult_le_compat_l (1 - t)) in H0; [|lra]. apply (Rmult_le_compat_l t) in H1; [|lra].
  replace (exp (- (t * w))) with ((1 - t) * (exp (- (t * w)) * (1 + t * w)) + t * (exp (- (t * w)) * (1 + (t * w - w)))) by ring. lra.
Qed.

(** The arcsine rises at least as fast as its argument. *)
Lemma asin_gain v gamma : -1 < v -> 0 <= gamma -> v + gamma < 1 -> gamma <= asin (v + gamma) - asin v.
Proof.
  intros Hv Hg H1. enough (asin v - v <= asin (v + gamma) - (v + gamma)) by lra.
  apply (nondecreasing (fun t => asin t - t) (fun t => / sqrt (1 - t ^ 2) - 1)); [lra| | |].
  - intros t Ht. apply (cont_minus asin (fun t => t)); [|apply continuous_id].
    apply (ex_derive_continuous asin). eexists. apply asin_derive. lra.
  - intros t Ht. apply (is_derive_minus asin (fun t => t)); [apply asin_derive; lra|apply (is_derive_id t)].
  - intros t Ht. assert (Ht1 : -1 < t < 1) by lra. assert (Hp : 0 < 1 - t ^ 2) by nra.
    assert (Hs : sqrt (1 - t ^ 2) <= 1) by (apply Rle_trans with (sqrt 1); [apply sqrt_le_1_alt; pose proof (pow2_ge_0 t); lra|rewrite sqrt_1; lra]).
    pose proof (sqrt_lt_R0 _ Hp). assert (1 <= / sqrt (1 - t ^ 2)) by (apply Rle_trans with (/ 1); [lra|apply Rinv_le_contravar; lra]). lra.
Qed.

(** (1 - exp(-k b)) / (k f) falls in k and f, and rises in b. *)
Lemma saturation_le k k0 b b0 f f0 : 0 < k -> k <= k0 -> 0 <= b0 -> b0 <= b -> 0 < f -> f <= f0 ->
  (1 - exp (- (k0 * b0))) / (k0 * f0) <= (1 - exp (- (k * b))) / (k * f).
Proof.
  intros Hk Hk0 Hb0 Hb Hf Hf0.
  assert (Ht : 0 <= k / k0 <= 1).
  { split; [apply Rlt_le, Rdiv_lt_0_compat; lra|]. apply Rmult_le_reg_r with k0; [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. }
  pose proof (exp_chord (k / k0) (k0 * b0) Ht) as H. replace (k / k0 * (k0 * b0)) with (k * b0) in H by (field; lra).
  assert (He : exp (- (k * b)) <= exp (- (k * b0))).
  { assert (Hkb : k * b0 <= k * b) by (apply Rmult_le_compat_l; lra). destruct Hkb as [Hkb|Hkb]; [left; apply exp_increasing; lra|right; now rewrite Hkb]. }
  assert (Hpos : 0 <= 1 - exp (- (k0 * b0))).
  { assert (0 <= k0 * b0) by (apply Rmult_le_pos; lra). rewrite <- exp_0 at 1.
    destruct (Req_dec (k0 * b0) 0) as [E|E]; [rewrite E, Ropp_0; lra|]. assert (exp (- (k0 * b0)) < exp 0) by (apply exp_increasing; lra). lra. }
  set (e0 := 1 - exp (- (k0 * b0))) in *.
  apply Rle_trans with (k / k0 * e0 / (k * f)).
  - replace (k / k0 * e0 / (k * f)) with (e0 / (k0 * f)) by (field; lra). unfold Rdiv. apply Rmult_le_compat_l; auto.
    apply Rinv_le_contravar; [apply Rmult_lt_0_compat; lra|apply Rmult_le_compat_l; lra].
  - unfold Rdiv at 1 3. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; lra|]. unfold e0. lra.
Qed.
