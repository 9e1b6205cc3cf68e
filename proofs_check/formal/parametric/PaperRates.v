(** The paper's cube roots against our square roots: what Proposition 2, Theorem 4 and Lemmas 5 and 6 need of numbers. *)
From Coq Require Import Reals Lra Psatz.
From Flat Require Import Logarithms.
Open Scope R_scope.

Lemma exp_le x y : x <= y -> exp x <= exp y.
Proof. intros [H|<-]; [left; now apply exp_increasing|lra]. Qed.

Lemma root_is_power V : 0 < V -> sqrt V = exp (/ 2 * ln V).
Proof. intros HV. rewrite <- Rpower_sqrt by auto. reflexivity. Qed.

(** sqrt V <= M^(1/3) V^(1/3) where V <= M^2. *)
Lemma root_le_third V M : 0 < V -> 0 < M -> V <= M ^ 2 -> sqrt V <= Rpower M (/ 3) * Rpower V (/ 3).
Proof.
  intros HV HM H. rewrite root_is_power by auto. unfold Rpower. rewrite <- exp_plus. apply exp_le.
  apply ln_le in H; auto. replace (M ^ 2) with (M * M) in H by ring. rewrite ln_mult in H by auto. lra.
Qed.

Lemma one_third_of_1 : Rpower 1 (/ 3) = 1.
Proof. unfold Rpower. rewrite ln_1, Rmult_0_r. apply exp_0. Qed.

Lemma root_le_third_1 V : 0 < V -> V <= 1 -> sqrt V <= Rpower V (/ 3).
Proof.
  intros HV H. pose proof (root_le_third V 1 HV Rlt_0_1) as H1. rewrite one_third_of_1, Rmult_1_l in H1. apply H1. lra.
Qed.

Lemma third_of_8 : Rpower 8 (/ 3) = 2.
Proof.
  unfold Rpower. replace 8 with (2 * (2 * 2)) by ring. rewrite !ln_mult by lra.
  replace (/ 3 * (ln 2 + (ln 2 + ln 2))) with (ln 2) by field. apply exp_ln. lra.
Qed.

(** V^(3/2) <= 2 V^(4/3) where V <= 64. *)
Lemma three_halves_le V : 0 < V -> V <= 64 -> V * sqrt V <= 2 * Rpower V (4 / 3).
Proof.
  intros HV H. pose proof (root_le_third V 8 HV ltac:(lra) ltac:(lra)) as H1. rewrite third_of_8 in H1.
  replace (4 / 3) with (1 + / 3) by field. rewrite Rpower_plus, Rpower_1 by auto. nra.
Qed.

(** The paper's rate is at least ours, for one token or more. *)
Lemma paper_rate L J V : 1 <= L -> 0 < V -> V <= 1 ->
  L * sqrt L * J ^ 2 / 2 * sqrt V <= 8 * L ^ 2 * J ^ 2 * Rpower V (/ 3) / 16.
Proof.
  intros HL HV H1. pose proof (root_le_third_1 V HV H1) as HR.
  assert (Hs : sqrt L <= L).
  { rewrite <- (sqrt_pow2 L) at 2 by lra. apply sqrt_le_1_alt. nra. }
  pose proof (pow2_ge_0 J). pose proof (sqrt_pos V).
  assert (H2 : L * sqrt L * J ^ 2 <= L ^ 2 * J ^ 2).
  { apply Rmult_le_compat_r; auto. replace (L ^ 2) with (L * L) by ring. apply Rmult_le_compat_l; lra. }
  assert (0 <= L ^ 2 * J ^ 2) by (apply Rmult_le_pos; auto; apply pow2_ge_0).
  assert (L * sqrt L * J ^ 2 * sqrt V <= L ^ 2 * J ^ 2 * Rpower V (/ 3)).
  { apply Rle_trans with (L ^ 2 * J ^ 2 * sqrt V); [apply Rmult_le_compat_r; auto|apply Rmult_le_compat_l; auto]. }
  lra.
Qed.

Lemma rate_positive L C V : 0 < L -> 0 < C -> 0 < V -> 0 < L * sqrt L * C ^ 2 * sqrt V.
Proof.
  intros HL HC HV. apply sqrt_lt_R0 in HV. pose proof (sqrt_lt_R0 L HL). apply (pow_lt _ 2) in HC.
  apply Rmult_lt_0_compat; auto. apply Rmult_lt_0_compat; auto. now apply Rmult_lt_0_compat.
Qed.

Lemma paper_rate_positive L J V : 0 < L -> 0 < J -> 0 < 8 * L ^ 2 * J ^ 2 * Rpower V (/ 3).
Proof.
  intros HL HJ. apply (pow_lt _ 2) in HL. apply (pow_lt _ 2) in HJ. pose proof (exp_pos (/ 3 * ln V)).
  apply Rmult_lt_0_compat; auto. apply Rmult_lt_0_compat; auto. lra.
Qed.
