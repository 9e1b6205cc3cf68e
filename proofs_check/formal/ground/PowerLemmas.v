(** Lemmas 1 [lem1] and 2 [lem2]: g' <= c g^p (or >=) with p > 1, stated without division, for a positive g. *)
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import Calculus.
Open Scope R_scope.

Section Power.
Variables (c p T : R) (g dg : R -> R).
Hypothesis p_gt_1 : 1 < p.
Hypothesis T_nonneg : 0 <= T.
Hypothesis g_pos : forall t, 0 <= t <= T -> 0 < g t.
Hypothesis g_cont : forall t, 0 <= t <= T -> continuous g t.
Hypothesis g_derive : forall t, 0 < t < T -> is_derive g t (dg t).

(** h = g^(1-p), whose derivative is -(p-1) g' / g^p. *)
Let h t := exp ((1 - p) * ln (g t)).

Lemma h_cont t : 0 <= t <= T -> continuous h t.
Proof.
  intros Ht. apply (continuous_comp g (fun y => exp ((1 - p) * ln y))); [now apply g_cont|].
  apply (ex_derive_continuous (fun y => exp ((1 - p) * ln y))). auto_derive. now apply g_pos.
Qed.

Lemma h_derive t : 0 < t < T -> is_derive h t (- (p - 1) * (dg t / Rpower (g t) p)).
Proof.
  intros Ht. assert (Hg : 0 < g t) by (apply g_pos; lra). pose proof (g_derive t Ht) as Hd. unfold h.
  auto_derive.
  - split; [eexists; apply Hd|]. split; [auto|exact I].
  - change (Derive (fun x : R => g x) t) with (Derive g t). rewrite (is_derive_unique _ _ _ Hd).
    unfold Rpower. replace ((1 - p) * ln (g t)) with (ln (g t) + - (p * ln (g t))) by ring.
    rewrite exp_plus, exp_Ropp, exp_ln by auto. field. split; [|lra]. apply Rgt_not_eq, exp_pos.
Qed.

Lemma h_bracket t : 0 <= t <= T -> h t = / Rpower (g t) (p - 1).
Proof. intros Ht. unfold h, Rpower. rewrite <- exp_Ropp. f_equal. ring. Qed.

(** Lemma 1, before it is solved for g: g(T)^(1-p) >= g(0)^(1-p) - c (p-1) T. *)
Lemma lem1_power : (forall t, 0 < t < T -> dg t <= c * Rpower (g t) p) -> h 0 - c * (p - 1) * T <= h T.
Proof.
  intros Hr.
  enough (h 0 + c * (p - 1) * 0 <= h T + c * (p - 1) * T) by lra.
  apply (nondecreasing (fun t => h t + c * (p - 1) * t) (fun t => - (p - 1) * (dg t / Rpower (g t) p) + c * (p - 1))); auto.
  - intros t Ht. apply (continuous_plus h (fun t => c * (p - 1) * t)); [now apply h_cont|].
    apply (ex_derive_continuous (fun t => c * (p - 1) * t)). auto_derive. exact I.
  - intros t Ht. apply (is_derive_plus h (fun t => c * (p - 1) * t)); [now apply h_derive|]. auto_derive; [exact I|ring].
  - intros t Ht. specialize (Hr t Ht). assert (Hq : 0 < Rpower (g t) p) by apply exp_pos.
    assert (dg t / Rpower (g t) p <= c).
    { apply Rmult_le_reg_r with (Rpower (g t) p); auto. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. }
    nra.
Qed.

Lemma lem2_power : (forall t, 0 < t < T -> c * Rpower (g t) p <= dg t) -> h T <= h 0 - c * (p - 1) * T.
Proof.
  intros Hr.
  enough (h T + c * (p - 1) * T <= h 0 + c * (p - 1) * 0) by lra.
  apply (nonincreasing (fun t => h t + c * (p - 1) * t) (fun t => - (p - 1) * (dg t / Rpower (g t) p) + c * (p - 1))); auto.
  - intros t Ht. apply (continuous_plus h (fun t => c * (p - 1) * t)); [now apply h_cont|].
    apply (ex_derive_continuous (fun t => c * (p - 1) * t)). auto_derive. exact I.
  - intros t Ht. apply (is_derive_plus h (fun t => c * (p - 1) * t)); [now apply h_derive|]. auto_derive; [exact I|ring].
  - intros t Ht. specialize (Hr t Ht). assert (Hq : 0 < Rpower (g t) p) by apply exp_pos.
    assert (c <= dg t / Rpower (g t) p).
    { apply Rmult_le_reg_r with (Rpower (g t) p); auto. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. }
    nra.
Qed.

Definition bracket : R := 1 - c * (p - 1) * Rpower (g 0) (p - 1) * T.

(** The curve g(0) / bracket^(1/(p-1)) has the power g(0)^(1-p) - c (p-1) T. *)
Lemma curve_power : 0 < bracket ->
  exp ((1 - p) * ln (g 0 / Rpower bracket (/ (p - 1)))) = h 0 - c * (p - 1) * T.
Proof.
  intros Hb. assert (Hg : 0 < g 0) by (apply g_pos; lra).
  assert (Hr : 0 < Rpower bracket (/ (p - 1))) by apply exp_pos.
  unfold Rdiv. rewrite ln_mult, ln_Rinv by (auto; apply Rinv_0_lt_compat; auto).
  unfold Rpower at 1. rewrite ln_exp.
  replace ((1 - p) * (ln (g 0) + - (/ (p - 1) * ln bracket))) with ((1 - p) * ln (g 0) + ln bracket) by (field; lra).
  rewrite exp_plus, exp_ln by auto. fold (h 0). unfold bracket.
  assert (Hh : h 0 * Rpower (g 0) (p - 1) = 1).
  { rewrite h_bracket by lra. apply Rinv_l, Rgt_not_eq, exp_pos. }
  replace (h 0 * (1 - c * (p - 1) * Rpower (g 0) (p - 1) * T))
    with (h 0 - c * (p - 1) * T * (h 0 * Rpower (g 0) (p - 1))) by ring.
  rewrite Hh. ring.
Qed.

Lemma power_order a b : 0 < a -> 0 < b -> exp ((1 - p) * ln a) <= exp ((1 - p) * ln b) -> b <= a.
Proof.
  intros Ha Hb H. apply Rnot_lt_le. intros Hlt. apply Rle_not_lt in H. apply H. apply exp_increasing.
  pose proof (ln_increasing _ _ Ha Hlt). nra.
Qed.

Theorem lem1 : (forall t, 0 < t < T -> dg t <= c * Rpower (g t) p) -> 0 < bracket ->
  g T <= g 0 / Rpower bracket (/ (p - 1)).
Proof.
  intros Hr Hb. assert (0 < g T) by (apply g_pos; lra). assert (0 < g 0) by (apply g_pos; lra).
  apply power_order; auto; [apply Rdiv_lt_0_compat; auto; apply exp_pos|].
  rewrite curve_power by auto. now apply lem1_power.
Qed.

Theorem lem2 : (forall t, 0 < t < T -> c * Rpower (g t) p <= dg t) -> 0 < bracket ->
  g 0 / Rpower bracket (/ (p - 1)) <= g T.
Proof.
  intros Hr Hb. assert (0 < g T) by (apply g_pos; lra). assert (0 < g 0) by (apply g_pos; lra).
  apply power_order; auto; [apply Rdiv_lt_0_compat; auto; apply exp_pos|].
  rewrite curve_power by auto. now apply lem2_power.
Qed.
End Power.
