(** The comparison behind the lower bounds: Lemma 1 with exponent 3/2 and the integral of the square root, without
    integrals and without asking for a positive start. [regularised_bound] adds eps to v; [comparison] lets eps fall to 0. *)
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import Calculus.
Open Scope R_scope.

Section Comparison.
Variables (a b T : R) (v dv phi dphi : R -> R).
Hypothesis a_pos : 0 < a.
Hypothesis b_pos : 0 < b.
Hypothesis T_nonneg : 0 <= T.
Hypothesis v_nonneg : forall t, 0 <= t <= T -> 0 <= v t.
Hypothesis v_cont : forall t, 0 <= t <= T -> continuous v t.
Hypothesis phi_cont : forall t, 0 <= t <= T -> continuous phi t.
Hypothesis v_derive : forall t, 0 < t < T -> is_derive v t (dv t).
Hypothesis phi_derive : forall t, 0 < t < T -> is_derive phi t (dphi t).
Hypothesis v_rate : forall t, 0 < t < T -> dv t <= 2 * a * (v t * sqrt (v t)).
Hypothesis phi_rate : forall t, 0 < t < T -> dphi t <= b * sqrt (v t).

Section Regularised.
Variable eps : R.
Hypothesis eps_pos : 0 < eps.
Let w t := sqrt (v t + eps).

Lemma w_pos t : 0 <= t <= T -> 0 < w t.
Proof. intros Ht. apply sqrt_lt_R0. specialize (v_nonneg t Ht). lra. Qed.

Lemma w_sqr t : 0 <= t <= T -> w t ^ 2 = v t + eps.
Proof. intros Ht. apply pow2_sqrt. specialize (v_nonneg t Ht). lra. Qed.

Lemma inv_w_derive t : 0 < t < T -> is_derive (fun s => / w s) t (- dv t / (2 * w t) / w t ^ 2).
Proof.
  intros Ht. assert (Ht' : 0 <= t <= T) by lra.
  pose proof (w_pos t Ht') as Hw. pose proof (v_nonneg t Ht') as Hv.
  unfold w in *. auto_derive.
  - split; [eexists; apply v_derive, Ht|]. split; [lra|]. split; [apply Rgt_not_eq, Hw|exact I].
  - change (Derive (fun x : R => v x) t) with (Derive v t).
    rewrite (is_derive_unique _ _ _ (v_derive t Ht)). field. lra.
Qed.

Lemma inv_w_cont t : 0 <= t <= T -> continuous (fun s => / w s) t.
Proof.
  intros Ht. pose proof (v_nonneg t Ht) as Hv.
  apply (continuous_comp v (fun y => / sqrt (y + eps))); [now apply v_cont|].
  apply (ex_derive_continuous (fun y => / sqrt (y + eps))). auto_derive.
  split; [lra|]. split; [|exact I]. apply Rgt_not_eq, sqrt_lt_R0. lra.
Qed.

(** 1/w falls at most at the rate a. *)
Lemma inv_w_ge t : 0 <= t <= T -> / w 0 - a * t <= / w t.
Proof.
  intros Ht.
  enough (/ w 0 + a * 0 <= / w t + a * t) by lra.
  apply (nondecreasing (fun s => / w s + a * s) (fun s => - dv s / (2 * w s) / w s ^ 2 + a)); [lra| | |].
  - intros s Hs. apply (continuous_plus (fun s => / w s) (fun s => a * s)).
    + apply inv_w_cont. lra.
    + apply (ex_derive_continuous (fun s => a * s)). auto_derive. exact I.
  - intros s Hs. apply (is_derive_plus (fun s => / w s) (fun s => a * s)).
    + apply inv_w_derive. lra.
    + auto_derive; [exact I|ring].
  - intros s Hs. assert (Hs' : 0 <= s <= T) by lra.
    pose proof (w_pos s Hs') as Hw. pose proof (w_sqr s Hs') as Hw2. pose proof (v_nonneg s Hs') as Hv.
    assert (Hr : dv s <= 2 * a * (v s * sqrt (v s))) by (apply v_rate; lra).
    assert (Hsw : sqrt (v s) <= w s) by (apply sqrt_le_1_alt; lra).
    assert (Hd : dv s <= 2 * a * w s ^ 3).
    { eapply Rle_trans; [apply Hr|]. apply Rmult_le_compat_l; [lra|].
      replace (w s ^ 3) with (w s ^ 2 * w s) by ring. rewrite Hw2.
      apply Rmult_le_compat; [lra|apply sqrt_pos|lra|lra]. }
    replace (- dv s / (2 * w s) / w s ^ 2 + a) with ((2 * a * w s ^ 3 - dv s) / (2 * w s ^ 3)) by (field; lra).
    apply Rmult_le_pos; [lra|]. apply Rlt_le, Rinv_0_lt_compat. pose proof (pow_lt _ 3 Hw). lra.
Qed.

Lemma regularised_bound gamma : phi 0 + gamma <= phi T -> 1 - exp (- (a / b) * gamma) <= a * w 0 * T.
Proof.
  intros Hg.
  assert (H0 : 0 <= 0 <= T) by lra. pose proof (w_pos 0 H0) as Hw0.
  pose proof (exp_pos (- (a / b) * gamma)) as He.
  destruct (Rle_or_lt 1 (a * w 0 * T)) as [Hbig|Hsmall]; [lra|].
  assert (Hpos : forall t, 0 <= t <= T -> 0 < / w 0 - a * t).
  { intros t Ht. apply Rmult_lt_reg_l with (w 0); [auto|].
    replace (w 0 * (/ w 0 - a * t)) with (1 - a * w 0 * t) by (field; lra).
    assert (a * w 0 * t <= a * w 0 * T).
    { apply Rmult_le_compat_l; [|lra]. apply Rlt_le, Rmult_lt_0_compat; auto. }
    lra. }
  assert (Hmono : phi T + b / a * ln (/ w 0 - a * T) <= phi 0 + b / a * ln (/ w 0 - a * 0)).
  { apply (nonincreasing (fun t => phi t + b / a * ln (/ w 0 - a * t))
             (fun t => dphi t + b / a * (- a / (/ w 0 - a * t)))); [auto| | |].
    - intros t Ht. apply (continuous_plus phi (fun t => b / a * ln (/ w 0 - a * t))); [now apply phi_cont|].
      apply (ex_derive_continuous (fun t => b / a * ln (/ w 0 - a * t))).
      specialize (Hpos t Ht). auto_derive. lra.
    - intros t Ht. apply (is_derive_plus phi (fun t => b / a * ln (/ w 0 - a * t))); [now apply phi_derive|].
      assert (Hp : 0 < / w 0 - a * t) by (apply Hpos; lra).
      set (c := / w 0) in *. auto_derive; [lra|]. field. lra.
    - intros t Ht. assert (Ht' : 0 <= t <= T) by lra.
      pose proof (Hpos t Ht') as Hp. pose proof (inv_w_ge t Ht') as Hi. pose proof (w_pos t Ht') as Hw.
      assert (Hr : dphi t <= b * sqrt (v t)) by (apply phi_rate; lra).
      assert (Hsw : sqrt (v t) <= w t) by (apply sqrt_le_1_alt; lra).
      assert (Hwc : w t <= / (/ w 0 - a * t)).
      { rewrite <- (Rinv_inv (w t)). apply Rinv_le_contravar; lra. }
      assert (Hc : forall c, 0 < c -> b / a * (- a / c) = - (b * / c)) by (intros; field; lra).
      rewrite (Hc _ Hp).
      assert (b * sqrt (v t) <= b * / (/ w 0 - a * t)) by (apply Rmult_le_compat_l; lra).
      lra. }
  replace (/ w 0 - a * 0) with (/ w 0) in Hmono by ring.
  assert (HT : 0 < / w 0 - a * T) by (apply Hpos; lra).
  assert (Hln : ln (1 - a * w 0 * T) <= - (a / b) * gamma).
  { replace (1 - a * w 0 * T) with ((/ w 0 - a * T) * w 0) by (field; lra).
    rewrite ln_mult by auto. rewrite ln_Rinv in Hmono by auto.
    assert (Hab : 0 < a / b) by (apply Rdiv_lt_0_compat; auto).
    assert (gamma <= - (b / a) * (ln (/ w 0 - a * T) + ln (w 0))) by lra.
    assert (Hm : a / b * gamma <= a / b * (- (b / a) * (ln (/ w 0 - a * T) + ln (w 0)))) by (apply Rmult_le_compat_l; lra).
    replace (a / b * (- (b / a) * (ln (/ w 0 - a * T) + ln (w 0)))) with (- (ln (/ w 0 - a * T) + ln (w 0))) in Hm by (field; lra).
    lra. }
  assert (exp (ln (1 - a * w 0 * T)) <= exp (- (a / b) * gamma)).
  { destruct Hln as [Hln|Hln]; [left; now apply exp_increasing|right; now rewrite Hln]. }
  rewrite exp_ln in H by lra. lra.
Qed.
End Regularised.

Theorem comparison gamma : phi 0 + gamma <= phi T -> 1 - exp (- (a / b) * gamma) <= a * sqrt (v 0) * T.
Proof.
  intros Hg. apply le_epsilon. intros e He.
  assert (HaT : 0 <= a * T) by (apply Rmult_le_pos; lra).
  set (d := e / (a * T + 1)).
  assert (Hd : 0 < d) by (apply Rdiv_lt_0_compat; lra).
  pose proof (regularised_bound (d ^ 2) (pow_lt _ 2 Hd) gamma Hg) as H.
  assert (Hv : 0 <= v 0) by (apply v_nonneg; lra).
  assert (Hs : sqrt (v 0 + d ^ 2) <= sqrt (v 0) + d).
  { apply Rsqr_incr_0_var; [|pose proof (sqrt_pos (v 0)); lra].
    rewrite Rsqr_sqrt by (pose proof (pow2_ge_0 d); lra).
    unfold Rsqr. pose proof (sqrt_sqrt _ Hv). pose proof (sqrt_pos (v 0)). nra. }
  assert (Ha : a * T * sqrt (v 0 + d ^ 2) <= a * T * (sqrt (v 0) + d)) by (apply Rmult_le_compat_l; auto).
  assert (Hd' : a * T * d <= e).
  { assert (E : (a * T + 1) * d = e) by (unfold d; field; lra). lra. }
  replace (a * sqrt (v 0 + d ^ 2) * T) with (a * T * sqrt (v 0 + d ^ 2)) in H by ring.
  replace (a * sqrt (v 0) * T) with (a * T * sqrt (v 0)) by ring. lra.
Qed.

(** Lemma 1 with exponent 3/2. *)
Theorem root_growth : sqrt (v T) * (1 - a * sqrt (v 0) * T) <= sqrt (v 0).
Proof.
  apply le_epsilon. intros e He.
  set (s0 := sqrt (v 0)). set (sT := sqrt (v T)).
  assert (H0 : 0 <= s0) by apply sqrt_pos. assert (H1 : 0 <= sT) by apply sqrt_pos.
  assert (HaT : 0 <= a * T) by (apply Rmult_le_pos; lra).
  assert (Hk : 0 <= a * T * sT) by (apply Rmult_le_pos; auto).
  set (d := e / (1 + a * T * sT)).
  assert (Hd : 0 < d) by (apply Rdiv_lt_0_compat; lra).
  assert (Ed : d * (1 + a * T * sT) = e) by (unfold d; field; lra).
  assert (Hv0 : 0 <= v 0) by (apply v_nonneg; lra).
  assert (HvT : 0 <= v T) by (apply v_nonneg; lra).
  pose proof (inv_w_ge (d ^ 2) (pow_lt _ 2 Hd) T ltac:(lra)) as H.
  assert (Hp0 : 0 < sqrt (v 0 + d ^ 2)) by (apply sqrt_lt_R0; pose proof (pow_lt _ 2 Hd); lra).
  assert (HpT : 0 < sqrt (v T + d ^ 2)) by (apply sqrt_lt_R0; pose proof (pow_lt _ 2 Hd); lra).
  assert (Hw0 : sqrt (v 0 + d ^ 2) <= s0 + d).
  { apply Rsqr_incr_0_var; [|lra]. rewrite Rsqr_sqrt by (pose proof (pow2_ge_0 d); lra).
    unfold Rsqr. pose proof (sqrt_sqrt _ Hv0) as E. fold s0 in E. nra. }
  assert (HwT : sT <= sqrt (v T + d ^ 2)) by (apply sqrt_le_1_alt; pose proof (pow2_ge_0 d); lra).
  set (w0 := sqrt (v 0 + d ^ 2)) in *. set (wT := sqrt (v T + d ^ 2)) in *.
  assert (H2 : wT * (1 - a * w0 * T) <= w0).
  { apply Rmult_le_reg_r with (/ w0 * / wT); [apply Rmult_lt_0_compat; apply Rinv_0_lt_compat; auto|].
    replace (wT * (1 - a * w0 * T) * (/ w0 * / wT)) with (/ w0 - a * T) by (field; lra).
    replace (w0 * (/ w0 * / wT)) with (/ wT) by (field; lra). exact H. }
  assert (H3 : sT * (1 - a * (s0 + d) * T) <= s0 + d).
  { assert (Hb : a * T * w0 <= a * T * (s0 + d)) by (apply Rmult_le_compat_l; auto).
    destruct (Rle_or_lt (1 - a * (s0 + d) * T) 0) as [Hn|Hn].
    - assert (sT * (1 - a * (s0 + d) * T) <= sT * 0) by (apply Rmult_le_compat_l; auto). lra.
    - apply Rle_trans with (wT * (1 - a * w0 * T)); [|lra]. apply Rmult_le_compat; lra. }
  replace (sT * (1 - a * (s0 + d) * T)) with (sT * (1 - a * s0 * T) - d * (a * T * sT)) in H3 by ring. lra.
Qed.
End Comparison.

(** The integral of the bound that [root_growth] gives. *)
Lemma bound_integral (a b s T : R) : 0 < a -> 0 <= T -> 0 <= s -> 0 < 1 - a * s * T ->
  is_RInt (fun t => b * (s / (1 - a * s * t))) 0 T (b / a * ln (/ (1 - a * s * T))).
Proof.
  intros Ha HT Hs Hb.
  assert (Hpos : forall t, 0 <= t <= T -> 0 < 1 - a * s * t).
  { intros t Ht. assert (a * s * t <= a * s * T) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra]). lra. }
  replace (b / a * ln (/ (1 - a * s * T))) with
    (minus (- (b / a) * ln (1 - a * s * T)) (- (b / a) * ln (1 - a * s * 0))).
  2:{ unfold minus, plus, opp; simpl. rewrite ln_Rinv by auto. replace (1 - a * s * 0) with 1 by ring. rewrite ln_1. ring. }
  apply (is_RInt_derive (fun t => - (b / a) * ln (1 - a * s * t))).
  - intros t Ht. rewrite Rmin_left, Rmax_right in Ht by auto. specialize (Hpos t Ht). auto_derive; [lra|]. field. lra.
  - intros t Ht. rewrite Rmin_left, Rmax_right in Ht by auto. specialize (Hpos t Ht).
    apply (ex_derive_continuous (fun t => b * (s / (1 - a * s * t)))). auto_derive. lra.
Qed.
